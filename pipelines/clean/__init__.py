"""Pure cleaning: injected spam and boilerplate out of the page, with every removal told."""
