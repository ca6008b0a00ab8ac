package assistant

import "testing"

// A panic beside a turn ends neither the process nor the turn.
func TestWhatBreaksLaterHasFoundNothing(t *testing.T) {
	t.Parallel()
	broken := later(func() []string { panic("hostile text") })
	if found := broken(); found != nil {
		t.Errorf("found %v", found)
	}
}
