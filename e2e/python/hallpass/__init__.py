"""What the suite needs to talk to Hallpass besides the vendor's SDKs."""
