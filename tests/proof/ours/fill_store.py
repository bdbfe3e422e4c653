"""Fills an object store by means of boto3: `python fill_store.py URL ACCESS SECRET BUCKET`.

Standard input: JSON of key → text for the bucket. A second one, `BUCKET-2`, gets an object to delete.
"""

import json
import sys

import boto3
from botocore.config import Config


def main():
    url, access, secret, bucket = sys.argv[1:]
    store = boto3.client(
        "s3",
        endpoint_url=url,
        aws_access_key_id=access,
        aws_secret_access_key=secret,
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 2}),
    )
    store.create_bucket(Bucket=bucket)
    store.create_bucket(Bucket=f"{bucket}-2")
    store.put_object(Bucket=f"{bucket}-2", Key="doomed.iso", Body=b"doomed")
    for key, text in json.load(sys.stdin).items():
        store.put_object(Bucket=bucket, Key=key, Body=text.encode())


if __name__ == "__main__":
    main()
