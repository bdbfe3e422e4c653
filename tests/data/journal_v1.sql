BEGIN TRANSACTION;
CREATE TABLE events (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
            body TEXT NOT NULL);
INSERT INTO "events" VALUES(12,'61a43b44f48d','{"event":"stage","run":"61a43b44f48d","at":"2026-11-24T03:35:53.179665Z","stage":"launch-server","title":"Launch temporary server","state":"done","detail":"isowright-61a43b is running","elapsed":19.369}');
INSERT INTO "events" VALUES(24,'61a43b44f48d','{"event":"stage","run":"61a43b44f48d","at":"2026-11-24T03:35:53.345979Z","stage":"verify-image","title":"Verify","state":"done","detail":"Active, minimum disk 40 GB","elapsed":0.754}');
INSERT INTO "events" VALUES(36,'7cb5a83bcdaa','{"event":"stage","run":"7cb5a83bcdaa","at":"2026-11-24T03:35:53.635115Z","stage":"register-iso","title":"Register ISO","state":"failed","detail":"The cloud asks to slow down.","elapsed":46.589}');
CREATE TABLE facts (
            run TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE, key TEXT NOT NULL, value TEXT NOT NULL,
            PRIMARY KEY (run, key));
INSERT INTO "facts" VALUES('61a43b44f48d','iso_job','ff80808255f1498822de9c719bcbd937');
INSERT INTO "facts" VALUES('61a43b44f48d','server_ends_asked','2026-11-25T03:36:00Z');
INSERT INTO "facts" VALUES('61a43b44f48d','server_promised','6e80a39e-7944-418a-ab51-f1fe87c8b861');
INSERT INTO "facts" VALUES('61a43b44f48d','server_job','ff808082b268cb2f0a91753e693c07b1');
INSERT INTO "facts" VALUES('61a43b44f48d','server_ends','2026-11-25T03:36:00Z');
INSERT INTO "facts" VALUES('61a43b44f48d','captured_volume','918159d7-0b25-4104-83d2-7af663f7a600');
INSERT INTO "facts" VALUES('61a43b44f48d','image_job','ff808082903f79cb95e309b0351b30c3');
INSERT INTO "facts" VALUES('61a43b44f48d','verified','6fdecfd5-62c3-4abc-9b3f-cd3c66f4c3fe');
INSERT INTO "facts" VALUES('7cb5a83bcdaa','iso_job','');
CREATE TABLE resources (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
            kind TEXT NOT NULL, name TEXT NOT NULL, id TEXT NOT NULL, fate TEXT NOT NULL, note TEXT NOT NULL,
            token TEXT NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL);
INSERT INTO "resources" VALUES(1,'61a43b44f48d','iso-image','iso-old-done-61a43b','e70850f1-4175-4926-bf20-3b254bd8d014','deleted','the installer; deleted at the end','','2026-11-24T03:35:52.995218+00:00','2026-11-24T03:35:53.366785+00:00');
INSERT INTO "resources" VALUES(2,'61a43b44f48d','server','isowright-61a43b','6e80a39e-7944-418a-ab51-f1fe87c8b861','deleted','s6.large.2, dead-man switch 2026-11-25 03:36 UTC','a73a1ed2-ceae-4e99-a494-4aa34adfb695','2026-11-24T03:35:53.088611+00:00','2026-11-24T03:35:53.380329+00:00');
INSERT INTO "resources" VALUES(3,'61a43b44f48d','system-volume','isowright-61a43b system disk','24280c65-0444-41a6-a6c9-bccf29125c90','deleted','40 GB, holds the installer','','2026-11-24T03:35:53.165961+00:00','2026-11-24T03:35:53.383516+00:00');
INSERT INTO "resources" VALUES(4,'61a43b44f48d','data-volume','isowright-61a43b data disk','918159d7-0b25-4104-83d2-7af663f7a600','deleted','40 GB, becomes the image','','2026-11-24T03:35:53.172650+00:00','2026-11-24T03:35:53.385982+00:00');
INSERT INTO "resources" VALUES(5,'61a43b44f48d','image','old-done','6fdecfd5-62c3-4abc-9b3f-cd3c66f4c3fe','kept','40 GB','','2026-11-24T03:35:53.203373+00:00','2026-11-24T03:35:53.344822+00:00');
INSERT INTO "resources" VALUES(6,'7cb5a83bcdaa','iso-image','iso-old-open-7cb5a8','','refused','the installer; deleted at the end','','2026-11-24T03:35:53.405726+00:00','2026-11-24T03:35:53.633268+00:00');
CREATE TABLE runs (
            id TEXT PRIMARY KEY, mark TEXT NOT NULL UNIQUE, name TEXT NOT NULL, profile TEXT NOT NULL,
            recipe TEXT NOT NULL, state TEXT NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL,
            elapsed REAL NOT NULL DEFAULT 0, error TEXT);
INSERT INTO "runs" VALUES('61a43b44f48d','61a43b','old-done','weekly','{"account":{"cloud":"custom","region":"practice-1","domain":"practice-e62d","user":"builder","project_id":"e53c0eaf5633cf0c1b8617f89508486d","project_name":"practice-1","endpoints":{"iam":"http://127.0.0.1:45313","ims":"http://127.0.0.1:42565","ecs":"http://127.0.0.1:38995","evs":"http://127.0.0.1:33427","vpc":"http://127.0.0.1:43097","obs":"http://127.0.0.1:41749","eps":"http://127.0.0.1:33625"}},"iso":{"bucket":"practice-isos-e62d","key":"ubuntu-22_04_5-live-server-amd64.iso","size":589824},"image":{"name":"old-done","os_version":"Ubuntu 22.04 server 64bit"},"server":{"availability_zone":"practice-1a","flavor_id":"s6.large.2","volume_type":"GPSSD"},"network":{"vpc_id":"95b802ba-3d14-49ca-abd2-c8dd803f8ef9","vpc_name":"vpc-default","subnet_id":"d3259b16-9c7a-470a-90cc-cf28297bb150","subnet_name":"subnet-default","security_group_ids":["546464f2-d77c-4354-b7b5-62649cd9d217"],"security_group_names":["default"]}}','done','2026-11-24T03:35:52.963950+00:00','2026-11-24T03:35:53.387177+00:00',8.20995180016325321048e+01,NULL);
INSERT INTO "runs" VALUES('7cb5a83bcdaa','7cb5a8','old-open','','{"account":{"cloud":"custom","region":"practice-1","domain":"practice-e62d","user":"builder","project_id":"e53c0eaf5633cf0c1b8617f89508486d","project_name":"practice-1","endpoints":{"iam":"http://127.0.0.1:45313","ims":"http://127.0.0.1:42565","ecs":"http://127.0.0.1:38995","evs":"http://127.0.0.1:33427","vpc":"http://127.0.0.1:43097","obs":"http://127.0.0.1:41749","eps":"http://127.0.0.1:33625"}},"iso":{"bucket":"practice-isos-e62d","key":"ubuntu-22_04_5-live-server-amd64.iso","size":589824},"image":{"name":"old-open","os_version":"Ubuntu 22.04 server 64bit"},"server":{"availability_zone":"practice-1a","flavor_id":"s6.large.2","volume_type":"GPSSD"},"network":{"vpc_id":"95b802ba-3d14-49ca-abd2-c8dd803f8ef9","vpc_name":"vpc-default","subnet_id":"d3259b16-9c7a-470a-90cc-cf28297bb150","subnet_name":"subnet-default","security_group_ids":["546464f2-d77c-4354-b7b5-62649cd9d217"],"security_group_names":["default"]}}','running','2026-11-24T03:35:53.391225+00:00','2026-11-24T03:35:53.635152+00:00',4.78624849994957912713e+01,NULL);
CREATE TABLE stages (
            run TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE, id TEXT NOT NULL, position INTEGER NOT NULL,
            title TEXT NOT NULL, state TEXT NOT NULL, detail TEXT NOT NULL DEFAULT '', elapsed REAL NOT NULL DEFAULT 0,
            PRIMARY KEY (run, id));
INSERT INTO "stages" VALUES('61a43b44f48d','sign-in',0,'Sign in','done','builder in practice-1',4.42414420031127519905e+00);
INSERT INTO "stages" VALUES('61a43b44f48d','register-iso',1,'Register ISO','done','iso-old-done-61a43b is ready',1.80501189999631606042e+01);
INSERT INTO "stages" VALUES('61a43b44f48d','launch-server',2,'Launch temporary server','done','isowright-61a43b is running',1.93691442000272218137e+01);
INSERT INTO "stages" VALUES('61a43b44f48d','install-os',3,'Install the OS','done','The server has powered off',1.38924740022048354148e+00);
INSERT INTO "stages" VALUES('61a43b44f48d','capture-disk',4,'Capture the data disk','done','old-done is image 6fdecfd5-62c3-4abc-9b3f-cd3c66f4c3fe',3.00970130003406666219e+01);
INSERT INTO "stages" VALUES('61a43b44f48d','verify-image',5,'Verify','done','Active, minimum disk 40 GB',7.53803400584729388356e-01);
INSERT INTO "stages" VALUES('61a43b44f48d','clean-up',6,'Clean up','done','Server, disks and ISO image deleted',8.01604680018499493598e+00);
INSERT INTO "stages" VALUES('7cb5a83bcdaa','sign-in',0,'Sign in','done','builder in practice-1',1.2739543999487068504e+00);
INSERT INTO "stages" VALUES('7cb5a83bcdaa','register-iso',1,'Register ISO','failed','The cloud asks to slow down.',4.65885305995470844209e+01);
INSERT INTO "stages" VALUES('7cb5a83bcdaa','launch-server',2,'Launch temporary server','waiting','',0.0);
INSERT INTO "stages" VALUES('7cb5a83bcdaa','install-os',3,'Install the OS','waiting','',0.0);
INSERT INTO "stages" VALUES('7cb5a83bcdaa','capture-disk',4,'Capture the data disk','waiting','',0.0);
INSERT INTO "stages" VALUES('7cb5a83bcdaa','verify-image',5,'Verify','waiting','',0.0);
INSERT INTO "stages" VALUES('7cb5a83bcdaa','clean-up',6,'Clean up','waiting','',0.0);
CREATE INDEX resources_of_run ON resources (run, seq);
CREATE INDEX events_of_run ON events (run, seq);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('events',36);
INSERT INTO "sqlite_sequence" VALUES('resources',6);
COMMIT;
PRAGMA user_version = 1;
