"""The embedded default: a real Postgres, a real nats-server, and Larder's services under one supervisor."""
