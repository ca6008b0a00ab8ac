package benefit_test

import (
	"os"
	"testing"

	"xiaohe/knowledge/benefit"
)

// seedBook is the rule set of the program.
func seedBook(t testing.TB) *benefit.Book {
	t.Helper()
	book, problems := benefit.Load(os.DirFS("../seed/benefits"))
	if book == nil {
		for _, p := range problems {
			t.Error(p)
		}
		t.FailNow()
	}
	return book
}

func TestEveryBenefitOfTheListHasARuleAndEveryPrecedentHolds(t *testing.T) {
	t.Parallel()
	book := seedBook(t)
	for _, id := range benefit.Benefits {
		if book.Rule(id) == nil {
			t.Errorf("%s has no rule", id)
		}
	}
	for _, failure := range book.Test() {
		t.Error(failure)
	}
}
