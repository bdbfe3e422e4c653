"""Looking into an ISO, local or in a bucket: what it is, whether it boots, which system it installs."""
