"""What every Larder service needs to run: settings, logs, health, the outbox relay and JetStream consumers."""
