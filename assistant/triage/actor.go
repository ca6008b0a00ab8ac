package triage

// harmful are the categories in which somebody does harm to a child.
var harmful = map[Category]bool{PhysicalAbuse: true, SexualAbuse: true, Neglect: true, Trafficking: true, CaregiverHarm: true}

// suspect notes who may do harm of a category that the words at m speak of; actor is what the rule says of it. Where
// nobody is named the guardian may be the one: the family is then told nothing without a human's decision.
func (w *reading) suspect(category Category, actor string, m span, r *Result) {
	if !harmful[category] || actor == "other" {
		return
	}
	worker := actor == "worker" || actor == "" && w.frameWithin("worker", m, "sentence")
	r.WorkerSuspect = r.WorkerSuspect || worker
	if !worker || actor == "" && w.frameWithin("family", m, "sentence") {
		r.GuardianSuspect = true
	}
}
