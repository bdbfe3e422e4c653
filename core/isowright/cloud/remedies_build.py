"""Images, servers, disks, networks and objects.

Source: error code tables of the IMS, ECS, EVS, VPC and OBS references."""

from __future__ import annotations

from isowright.cloud.remedy_case import Case
from isowright.errors import AuthError, ForbiddenError, NameTakenError, NotFoundError, QuotaError, SoldOutError

IMAGES = {
    "IMG.0009": Case(
        "An image of this name exists already.",
        "Choose another name, or delete that image.",
        "Image names are unique in a project, those of images still being made included.",
        "step:image.name",
        NameTakenError,
    ),
    "IMG.0015": Case(
        "The project's quota of private images is used up.",
        "Delete images that are no longer needed, or ask the cloud for a higher quota. A run needs two free places.",
        action="retry",
        error=QuotaError,
    ),
    "IMG.0002": Case("The image name is too long.", "Use at most 128 characters.", action="step:image.name"),
    "IMG.0003": Case(
        "The image name holds a character that the cloud refuses.",
        "Use letters, digits, space, - . and _ only.",
        action="step:image.name",
    ),
    "IMG.0013": Case("The image has no name.", "Enter a name.", action="step:image.name"),
    "IMG.0062": Case("The cloud refuses the image's name.", "Choose another name.", action="step:image.name"),
    "IMG.0004": Case("The description is too long.", "Use at most 1,024 characters.", action="step:image.description"),
    "IMG.0054": Case(
        "The description holds a character that the cloud refuses.",
        "Use one line without < and >.",
        action="step:image.description",
    ),
    "IMG.0055": Case(
        "The minimum disk is out of the cloud's range.",
        "Enter another size; 40 GB is accepted everywhere.",
        action="step:image.min_disk",
    ),
    "IMG.0056": Case(
        "The cloud does not know this OS type or version.",
        "Choose one that it lists; it is compared to the letter.",
        action="step:image.os_version",
    ),
    "IMG.0057": Case(
        "The ISO object is missing, empty or not an ISO.",
        "Choose an object that holds a complete installer ISO and whose name ends in .iso.",
        action="step:iso.key",
    ),
    "IMG.0058": Case(
        "The bucket lies in another region.",
        "Choose a bucket of the account's region, or copy the ISO to one.",
        "Images can be made from buckets of their own region only.",
        "step:iso.bucket",
    ),
    "IMG.0059": Case(
        "The ISO is larger than the cloud allows.",
        "Choose a smaller ISO; 128 GB is the limit.",
        action="step:iso.key",
    ),
    "IMG.0060": Case(
        "Too many images are being made in this account.",
        "Wait until some are finished, then try again.",
        "The limit is 40 at a time.",
        "retry",
        nature="wait",
    ),
    "IMG.0068": Case("The bucket's name is empty.", "Choose a bucket.", action="step:iso.bucket"),
    "IMG.0069": Case(
        "The image service cannot read the bucket.",
        "Grant the image service (IMS) access to the bucket: in the console, IMS asks for it on its first import.",
        action="step:iso.bucket",
        error=ForbiddenError,
    ),
    "IMG.0109": Case("The bucket's name is not valid.", "Choose another bucket.", action="step:iso.bucket"),
    "IMG.0121": Case(
        "The ISO object does not exist.", "Choose an ISO again.", action="step:iso.key", error=NotFoundError
    ),
    "IMG.0166": Case(
        "An ISO image needs an OS version.",
        "Choose the OS version that the ISO installs.",
        action="step:image.os_version",
    ),
    "IMG.0122": Case(
        "The cloud does not know this OS type or version.",
        "Choose one from the list.",
        action="step:image.os_version",
    ),
    "IMG.0167": Case(
        "This cannot be done with an ISO image.",
        "Choose an ordinary image.",
        "ISO images only start installations.",
        "retry",
    ),
    "IMG.0175": Case(
        "The object's name, or its folder's, holds a space.",
        "Copy the object to a name without spaces, then choose it.",
        action="step:iso.key",
    ),
    "IMG.0115": Case("The cloud refuses a tag.", "Change or remove the tag.", action="step:image.tags"),
    "IMG.0116": Case("There are too many tags.", "Remove some.", action="step:image.tags"),
    "IMG.0141": Case("The cloud does not know this firmware.", "Choose BIOS or UEFI again.", action="step:image"),
    "IMG.0212": Case("The cloud does not know this architecture.", "Choose another ISO.", action="step:iso.key"),
    "IMG.0005": Case("The server does not exist.", "Start the run again.", action="clean-up", error=NotFoundError),
    "IMG.0091": Case(
        "The image is protected.", "Remove its protection in the console, then delete it.", action="retry"
    ),
    "IMG.0092": Case(
        "The image belongs to someone else.", "Only its owner can delete it.", action="retry", error=ForbiddenError
    ),
    "IMG.0144": Case("The image does not exist.", "Refresh the list.", action="retry", error=NotFoundError),
    "IMG.0155": Case(
        "The enterprise project does not exist.", "Choose another one.", action="step:image.enterprise_project_id"
    ),
    "IMG.0153": Case(
        "The disk lies on dedicated storage.",
        "Choose an ordinary disk type.",
        "Images cannot be made from it.",
        "step:server.volume_type",
    ),
    "image-busy": Case(
        "The server or its disk is busy.",
        "Wait a minute, then try again.",
        "An image can be made once the server has come to rest.",
        "retry",
        nature="wait",
    ),
    "IMG.0090": Case(
        "The image is still being made, so it cannot be deleted yet.",
        "Wait a few minutes, then try again.",
        action="retry",
        nature="wait",
    ),
    "image-server": Case(
        "The image service has trouble of its own.",
        "Try again in a few minutes.",
        action="retry",
        nature="server",
    ),
}

SERVERS = {
    "server-quota": Case(
        "The project's quota of servers, vCPUs or memory is used up.",
        "Delete servers that are no longer needed, or ask the cloud for a higher quota.",
        action="retry",
        error=QuotaError,
    ),
    "Ecs.0013": Case(
        "The project's quota of public IPs is used up.",
        "Release one, or do without a public IP: the console does not need it.",
        action="step:network.public_ip",
        error=QuotaError,
    ),
    "Ecs.0021": Case(
        "The project's quota of disks is used up.",
        "Delete disks that are no longer needed, or ask the cloud for a higher quota.",
        action="step:server.data_disk",
        error=QuotaError,
    ),
    "Ecs.0012": Case(
        "The subnet has no free addresses.",
        "Choose a subnet with free addresses.",
        action="step:network.subnet_id",
        error=QuotaError,
    ),
    "network-mix": Case(
        "VPC, subnet and security groups do not go together.",
        "Choose the network again.",
        action="step:network.subnet_id",
    ),
    "Ecs.0038": Case(
        "The subnet does not exist.", "Choose the network again.", action="step:network.subnet_id", error=NotFoundError
    ),
    "image-flavor": Case(
        "The image and the flavor do not fit together.",
        "Choose another flavor: general computing, 2 vCPU, at least 4 GiB.",
        action="step:server.flavor_id",
    ),
    "sold-out": Case(
        "The flavor is sold out in this availability zone.",
        "Choose another flavor or another availability zone; everything else stays.",
        action="step:server.flavor_id",
        error=SoldOutError,
    ),
    "flavor-barred": Case(
        "The flavor is not open to this account.",
        "Choose another flavor.",
        action="step:server.flavor_id",
        error=SoldOutError,
    ),
    "Ecs.0031": Case(
        "The ISO image no longer exists.",
        "Register the ISO again: start a new run with the same answers.",
        action="clean-up",
        error=NotFoundError,
    ),
    "Ecs.0032": Case(
        "The ISO image is not ready yet.",
        "Wait a minute, then try again.",
        action="retry",
        nature="wait",
    ),
    "Ecs.0043": Case(
        "The disk type does not exist here.",
        "Choose another disk type.",
        action="step:server.volume_type",
        error=NotFoundError,
    ),
    "Ecs.0044": Case(
        "The disk type is sold out in this availability zone.",
        "Choose another disk type or another availability zone.",
        action="step:server.volume_type",
        error=SoldOutError,
    ),
    "disk-unfit": Case(
        "The disk type does not fit the flavor.", "Choose another disk type.", action="step:server.volume_type"
    ),
    "Ecs.0049": Case(
        "The enterprise project is disabled.",
        "Choose another one.",
        action="step:image.enterprise_project_id",
    ),
    "Ecs.0114": Case(
        "The server does not exist.", "Refresh; it may have been deleted.", action="retry", error=NotFoundError
    ),
    "Ecs.0100": Case(
        "The server is in a state that does not allow this.",
        "Wait until it has come to rest, then try again.",
        action="retry",
        nature="wait",
    ),
    "Ecs.0605": Case("The server is locked.", "Unlock it in the console, then try again.", action="retry"),
    "Ecs.0122": Case(
        "The cloud remembers a different request under the same id.", "Start a new run.", action="clean-up"
    ),
    "Ecs.0124": Case(
        "The cloud no longer remembers the earlier request.",
        "Continue: whether the server exists is looked up first.",
        action="retry",
        nature="unknown",
    ),
    "create-failed": Case(
        "The cloud could not make the server or its disks.",
        "Clean up and try again; if it fails again, choose another flavor or availability zone.",
        "Parts of it may exist; the run lists them.",
        "step:server.flavor_id",
    ),
    "roll-back": Case(
        "The cloud could not make the server, nor remove all its parts.",
        "Clean up: it removes what the run knows of. Then look in the console for left-over disks and ports.",
        "Left-over parts may cost money.",
        "clean-up",
    ),
    "tags": Case("The cloud refuses a tag.", "Change or remove the tag.", action="step:image.tags"),
    "bad-parameter": Case(
        "The cloud refused a value.",
        "Check the answers on the Server and Network pages.",
        action="step:server",
    ),
    "Common.0011": Case(
        "The cloud no longer knows the job.",
        "Continue: what it made is looked up instead.",
        action="retry",
        error=NotFoundError,
    ),
    "volume-missing": Case(
        "The disk does not exist.", "Refresh; it may have been deleted.", action="retry", error=NotFoundError
    ),
}

OBJECTS = {
    "NoSuchBucket": Case(
        "The bucket does not exist.", "Choose another bucket.", action="step:iso.bucket", error=NotFoundError
    ),
    "BucketAlreadyExists": Case(
        "Somebody else has a bucket of this name.",
        "Choose another name, for instance with your company's in it.",
        "Bucket names are shared by all customers of a cloud.",
        "step:iso.bucket",
        NameTakenError,
    ),
    "BucketAlreadyOwnedByYou": Case(
        "You have a bucket of this name already.",
        "Choose it in the list, or choose another name.",
        action="step:iso.bucket",
        error=NameTakenError,
    ),
    "InvalidBucketName": Case(
        "The cloud refuses the bucket's name.",
        "Use 3 to 63 lower-case letters, digits and hyphens.",
        action="step:iso.bucket",
    ),
    "TooManyBuckets": Case(
        "The account has as many buckets as the cloud allows.",
        "Choose one of them, or delete one that nobody needs.",
        "The usual limit is 100.",
        "step:iso.bucket",
        QuotaError,
    ),
    "InvalidLocationConstraint": Case(
        "The object storage does not know this region, or makes no bucket there from here.",
        "Check region and endpoint of the object storage (OBS) on the page Account.",
        action="step:account.region",
    ),
    "NoSuchKey": Case("The object does not exist.", "Choose it again.", action="step:iso.key", error=NotFoundError),
    "AccessDenied": Case(
        "You may not read this bucket.",
        "Ask the bucket's owner for read access, or choose another bucket.",
        action="step:iso.bucket",
        error=ForbiddenError,
    ),
    "expired-keys": Case(
        "The temporary access key is no longer valid.",
        "Sign in again.",
        "It lives for a limited time, with its security token.",
        "sign-in",
        AuthError,
        "token",
    ),
    "InvalidObjectState": Case(
        "The object is archived.",
        "Restore it in the console and copy it to standard storage, or choose another ISO.",
        action="step:iso.key",
    ),
    "other-host": Case(
        "The bucket lies in another region.",
        "Choose a bucket of the account's region, or copy the ISO to one.",
        action="step:iso.bucket",
    ),
    "NoSuchUpload": Case(
        "The multipart upload does not exist any more.",
        "Try again: the file is then sent anew.",
        "Somebody has aborted it, or a rule of the bucket for unfinished uploads has.",
        "retry",
        NotFoundError,
    ),
    "damaged-part": Case(
        "A part of the file did not arrive as it was sent.",
        "Try again. If it stays, something between this computer and the cloud changes or cuts off what is sent.",
        "The cloud did not store the part.",
        "retry",
        nature="server",
    ),
    "parts": Case(
        "The parts of the upload do not fit together.",
        "Try again: what is missing is sent again.",
        "The cloud made no object of them.",
        "retry",
    ),
    "bucket-full": Case(
        "The bucket's quota is used up.",
        "Delete objects, raise the bucket's quota, or choose another bucket; then try again.",
        "What was sent so far is kept.",
        "retry",
        QuotaError,
    ),
    "InvalidRange": Case("The object is shorter than expected.", "Choose it again.", action="step:iso.key"),
}
