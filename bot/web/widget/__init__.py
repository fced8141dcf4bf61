"""The widget on towns’ sites: its doors under `/widget/v1/`, as `docs/widget-protocol.md` says."""
