package knowledge

// PassagesByMeaning is the statement that scans passages by meaning, for measuring it beside a bare one.
const PassagesByMeaning = passagesByMeaning
