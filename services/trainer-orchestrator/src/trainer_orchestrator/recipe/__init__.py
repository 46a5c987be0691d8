"""Trains: the base model from generated messages (`pretrain`), an adapter from audits (`train_lora`)."""
