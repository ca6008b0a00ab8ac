package assistant

// WantsPerson is for tests of the package from outside.
var WantsPerson = wantsPerson
