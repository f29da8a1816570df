"""What the commands of the menus do, one module per menu; `restora_desktop.commander` joins them."""
