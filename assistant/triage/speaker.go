package triage

// readSpeaker tells from the words who writes, for the choice of a script. A worker says so in words of the trade,
// a child and a carer by whom they call what (我奶奶, 我孙子); what is said first counts.
func (w *reading) readSpeaker(r *Result) {
	r.Young = r.Young || len(w.frame("young")) > 0
	r.Other = r.Other || len(w.frame("other")) > 0
	if r.Speaker != Unknown {
		return
	}
	for _, who := range []struct {
		frame   string
		speaker Speaker
	}{{"official", Worker}, {"bystander", ThirdParty}, {"caregiver", Caregiver}, {"child", Child}} {
		if len(w.frame(who.frame)) > 0 {
			r.Speaker = who.speaker
			return
		}
	}
}
