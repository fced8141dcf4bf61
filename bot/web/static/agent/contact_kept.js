// A contact is recorded: what was kept of its page, against a reload, is not needed any more.

sessionStorage.removeItem("guichet-contact");
