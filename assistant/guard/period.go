package guard

// period is how often something is paid or done.
type period string

const (
	daily        period = "天"
	weekly       period = "周"
	monthly      period = "月"
	quarterly    period = "季"
	termly       period = "学期"
	schoolYearly period = "学年"
	yearly       period = "年"
	once         period = "一次性"
)

// periodWords name periods; the longest at a place counts.
var periodWords = map[string]period{
	"每月": monthly, "每个月": monthly, "按月": monthly, "每一个月": monthly, "月月": monthly, "/月": monthly, "逐月": monthly, "每人每月": monthly, "一个月一": monthly,
	"每年": yearly, "按年": yearly, "/年": yearly, "年年": yearly, "每一年": yearly, "/孩/年": yearly, "每生每年": yearly, "每孩每年": yearly,
	"每学年": schoolYearly, "/学年": schoolYearly, "每个学年": schoolYearly, "每学期": termly, "每个学期": termly, "/学期": termly, "按学期": termly,
	"每天": daily, "每日": daily, "/天": daily, "按天": daily, "每周": weekly, "每星期": weekly, "每个星期": weekly, "每个礼拜": weekly, "每礼拜": weekly,
	"每季度": quarterly, "按季": quarterly, "每个季度": quarterly, "一次性": once, "/次": once, "每次": once,
}

var periodSet = func() words {
	all := make([]string, 0, len(periodWords))
	for w := range periodWords {
		all = append(all, w)
	}
	return newWords(all...)
}()

func (r *reader) readPeriods() {
	for i := 0; i < len(r.text); i++ {
		if n := periodSet.longest(r.text, i); n > 0 && !r.taken[i] {
			r.found.periods = append(r.found.periods, periodWords[string(r.text[i:i+n])])
			for j := i; j < i+n; j++ { // 一次性 counts nothing
				if isNumeral(r.text[j]) {
					r.taken[j] = true
				}
			}
			i += n - 1
		}
	}
}

// checkPeriods: a period that is named is one of the ground's.
func (s *sentence) checkPeriods() Reason {
	for _, p := range s.facts.periods {
		found := s.passage == nil && len(s.slots) == 0 && s.retold
		for _, g := range s.ground.periods {
			found = found || p == g
		}
		if !found && len(s.slots)+len(s.span) > 0 {
			return Period
		}
	}
	return ""
}
