"""The post door: the QA inbox in, letters out."""
