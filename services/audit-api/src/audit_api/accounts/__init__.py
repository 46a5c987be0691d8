"""Who may use Larder: accounts, sessions, API tokens, invitations, and the list of who did what."""
