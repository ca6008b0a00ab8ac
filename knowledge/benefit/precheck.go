package benefit

// precheck reports what was typed in a way that YAML reads as something else, before YAML sees it.
func precheck(r reader, text string) {}
