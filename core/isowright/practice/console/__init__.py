"""The screen of a practice machine in the browser: noVNC's page, its one-time tickets, and the bridge to QEMU."""
