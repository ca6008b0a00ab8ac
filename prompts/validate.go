package prompts

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	maxBubbles    = 6
	maxChildRunes = 60 // bystanders too: the friend who tells is often a child
	maxAdultRunes = 90
	helpButton    = "「我现在需要帮助」" // as the page names it
)

var (
	marks = []string{"police", "ambulance", "psych", "sms_police", "youth", "women", "local_psych", "human_status"}

	digitWords = regexp.MustCompile(`[〇零一二三四五六七八九十百千幺]{2,}`)
	quoted     = regexp.MustCompile(`“[^”]*”`)
	// questionForms are the only questions asked: is it safe, where, who is near, hurt, breathing; at level 2 also the
	// plain one about hurting oneself. Who did what, how often and why is for people who have learned to ask.
	safeForm   = regexp.MustCompile(`^(先问一句：)?(你|您|孩子|那个孩子|他|您和孩子|大人和孩子)?现在安全吗$`)
	whereForm  = regexp.MustCompile(`^(你|您|孩子|那个孩子|他|您和孩子|最后一次看见孩子是)?在哪里$`)
	nearForm   = regexp.MustCompile(`^(现在|孩子|孩子现在)?(身边|旁边)(有谁|有大人吗|有没有大人)$`)
	hurtForm   = regexp.MustCompile(`^(你|您|孩子|他|您和孩子)?受伤没有$`)
	breathForm = regexp.MustCompile(`^(孩子|他)?有呼吸、有反应吗$`)
	selfForm   = regexp.MustCompile(`^(你|您)?(现在安全吗，)?有没有想伤害自己$`)

	forbidden = []struct {
		why  string
		form *regexp.Regexp
	}{
		{"promise of secrecy", regexp.MustCompile(`(替|帮|为|给)[你您他]保密|我(会|可以|一定)?保密|不告诉(任何人|别人|谁)|不会(有人|让人)知道|只有你我|我们的秘密`)},
		{"promise of an outcome", regexp.MustCompile(`保证|一定(会|能|可以)|肯定(会|能|可以)|绝对|放心|会好的|会好起来|没事的|不会有事|警察会(来|帮|救|抓)|马上(有人|会有人)来|有人会来|会有人|会帮你解决|已经(报警|报案|通知)`)},
		{"diagnosis", regexp.MustCompile(`抑郁|焦虑症|双相|精神病|精神分裂|障碍|诊断|确诊|患者|症状|发病|心理疾病|有病`)},
		{"blame", regexp.MustCompile(`你怎么|您怎么|怎么不早|为什么不|早就该|你不该|您不该|都怪|自找|活该|不听话|不懂事|丢脸|丢人|失职|不负责|没尽到|犯罪|违法|坏人|坏爸爸|坏妈妈|畜生|凶手|罪犯`)},
		{"empty comfort", regexp.MustCompile(`想开|别想太多|不要想太多|坚强|加油|振作|知足|别人比你|比你(苦|惨|难)|多大点事|小题大做|矫情|忍一忍|忍着|时间会`)},
		{"method or dose", regexp.MustCompile(`割腕|跳楼|跳河|上吊|烧炭|农药|安眠药|吞药|服药|催吐|毫克|毫升|剂量|几片|几粒|自杀|自残`)},
		{"interrogation", regexp.MustCompile(`为什么|几次|多少次|多久了|谁(打|干|摸|弄|欺负)|怎么(打|摸|弄|发生)|发生了什么|详细说|说清楚|从头说`)},
		{"hours", regexp.MustCompile(`小时|全天|昼夜|随时`)},
	}
)

func (b *Book) validate() error {
	var faults []error
	for _, s := range b.Scripts() {
		if err := s.check(); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", s.ID, err))
		}
	}
	faults = append(append(faults, b.checkComplete()...), b.checkSympathy()...)
	if len(faults) == 0 { // the rendered words are worth a look only when the raw ones are sound
		return b.checkRendered()
	}
	return errors.Join(faults...)
}

// checkComplete finds a situation without words for somebody, and words that nobody can reach.
func (b *Book) checkComplete() []error {
	var faults []error
	wanted := map[string]bool{}
	for _, situation := range Situations {
		for _, audience := range Audiences {
			for _, level := range levelsOf(situation) {
				id := scriptID(situation, audience, level)
				wanted[id] = true
				target, same := b.same[id]
				_, own := b.scripts[id]
				if _, known := b.scripts[target]; same && !known {
					faults = append(faults, fmt.Errorf("same.yaml: %s leads to %s, which is no script", id, target))
				}
				if same == own {
					faults = append(faults, fmt.Errorf("%s needs words of its own or a line in same.yaml, one of the two", id))
				}
			}
		}
	}
	for _, s := range b.Scripts() {
		if !wanted[s.ID] {
			faults = append(faults, fmt.Errorf("%s is for no known situation, audience and level", s.ID))
		}
	}
	for id := range b.same {
		if !wanted[id] {
			faults = append(faults, fmt.Errorf("same.yaml: %s is for no known situation, audience and level", id))
		}
	}
	return faults
}

func (s Script) check() error {
	text := strings.Join(s.Bubbles, "\n")
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if s.ID != scriptID(s.Situation, s.Audience, s.Level) {
		fault("id, situation, audience and level disagree")
	}
	if s.Version < 1 {
		fault("version starts at 1")
	}
	if (s.ApprovedBy == "") != (s.ApprovedOn == "") {
		fault("approved_by and approved_on go together")
	} else if _, err := time.Parse(time.DateOnly, s.ApprovedOn); s.ApprovedOn != "" && err != nil {
		fault("approved_on %q is not a date such as 2026-01-31", s.ApprovedOn)
	}
	if n := len(s.Bubbles); n < 1 || n > maxBubbles {
		fault("%d bubbles, not 1 to %d", n, maxBubbles)
	}
	bare := placeholder.ReplaceAllString(text, "")
	if strings.ContainsFunc(bare, unicode.IsDigit) || digitWords.MatchString(bare) {
		fault("digits in the words; numbers come from placeholders")
	}
	if strings.ContainsAny(bare, "{}") {
		fault("a brace is left over")
	}
	for _, f := range forbidden {
		if found := f.form.FindString(bare); found != "" {
			fault("%s: %s", f.why, found)
		}
	}
	if strings.Contains(text, "「") && !strings.Contains(text, helpButton) {
		fault("the only button that exists is %s", helpButton)
	}
	return errors.Join(append(faults, s.checkAddress(), s.checkMarks(), s.checkQuestions(), s.checkOrder(), s.checkFollowUp())...)
}

// checkAddress keeps 您 for carers and workers, and 你 for everybody who may be a child. Words put into the
// reader's mouth are free.
func (s Script) checkAddress() error {
	text := quoted.ReplaceAllString(strings.Join(s.Bubbles, ""), "")
	wrong := "您"
	if s.Audience == Caregiver || s.Audience == Director {
		wrong = "你"
	}
	if strings.Contains(text, wrong) {
		return fmt.Errorf("%s is the wrong word for this reader", wrong)
	}
	return nil
}

// checkMarks: a clause falls away with its placeholder, so what must stay may not share a clause with what may go.
func (s Script) checkMarks() error {
	for _, clauses := range s.clauses {
		for _, clause := range clauses {
			certain, uncertain := false, 0
			for _, m := range placeholder.FindAllStringSubmatch(clause, -1) {
				if !slices.Contains(marks, m[1]) {
					return fmt.Errorf("%s is no placeholder", m[0])
				}
				if m[1] == "police" || m[1] == "ambulance" || m[1] == "human_status" {
					certain = true
				} else {
					uncertain++
				}
			}
			if uncertain > 1 || uncertain == 1 && (certain || strings.Contains(clause, "？")) {
				return fmt.Errorf("%q would fall away with a number that is not everywhere", clause)
			}
		}
	}
	return nil
}

func (s Script) checkQuestions() error {
	var at []int
	for i, clauses := range s.clauses {
		for _, clause := range clauses {
			question, asked := strings.CutSuffix(clause, "？")
			if !asked {
				if strings.Contains(quoted.ReplaceAllString(clause, ""), "吗") {
					return fmt.Errorf("%q is a question without its mark", clause)
				}
				continue
			}
			if !s.mayAsk(question) {
				return fmt.Errorf("%q is not one of the questions that may be asked", clause)
			}
			at = append(at, i)
		}
	}
	silent := s.Situation == NoHuman || s.Situation == FollowStay
	switch {
	case silent && len(at) == 0, !silent && len(at) == 1:
		return nil
	case s.Level == 4 && len(at) == 2 && at[0] == at[1] && !isFollowUp(s.Situation):
		return nil
	}
	return fmt.Errorf("%d questions; one is asked, and at level 4 where and who is near together", len(at))
}

// mayAsk: at level 4 only what helps the rescuers to find the place and the caller to do the right thing now.
func (s Script) mayAsk(question string) bool {
	forms := []*regexp.Regexp{whereForm, nearForm, hurtForm, breathForm}
	if s.Level < 4 {
		forms = append(forms, safeForm)
	}
	if s.Level == 2 {
		forms = append(forms, selfForm)
	}
	return slices.ContainsFunc(forms, func(f *regexp.Regexp) bool { return f.MatchString(question) })
}

// checkOrder: at level 4 the number comes first; at level 3 the question, the number, the state of the queue.
func (s Script) checkOrder() error {
	if s.Level == 2 {
		return nil
	}
	index := func(parts ...string) int {
		return slices.IndexFunc(s.Bubbles, func(b string) bool {
			return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(b, p) })
		})
	}
	number, question, status := index("{{police}}", "{{ambulance}}"), index("？"), index(statusMark)
	switch {
	case number < 0:
		return errors.New("no emergency number")
	case s.Level == 4 && number != 0:
		return errors.New("the first bubble has no emergency number")
	case s.Situation == NoHuman:
		return nil
	case status < 0 || strings.Count(strings.Join(s.Bubbles, ""), statusMark) != 1:
		return errors.New("{{human_status}} must stand once")
	case status < number || status < question || s.Level == 3 && number < question:
		return errors.New("the order is question, number, state of the queue; at level 4 the number first")
	}
	return nil
}

// checkRendered measures what people will see: in every region of the list, with every number that could be shown,
// with the emergency numbers alone, with and without a human, in a new and in an old session.
func (b *Book) checkRendered() error {
	var faults []error
	for _, lookup := range b.lookups() {
		for _, s := range b.Scripts() {
			for variant := range 4 {
				bubbles, hotlines := s.fill(lookup, variant&1 != 0, variant&2 != 0)
				if err := s.checkBubbles(bubbles, hotlines); err != nil {
					faults = append(faults, fmt.Errorf("%s: %w", s.ID, err))
				}
			}
		}
	}
	return errors.Join(faults...)
}

func (b *Book) lookups() []func(string) (Hotline, bool) {
	onlyEmergency := func(key string) (Hotline, bool) {
		return Hotline{Key: key, Number: emergency[key]}, emergency[key] != ""
	}
	found := []known{}
	add := func(lookup func(string) (Hotline, bool)) { // most regions have the numbers of the country alone
		if k := answers(lookup); !slices.ContainsFunc(found, func(f known) bool { return maps.Equal(f, k) }) {
			found = append(found, k)
		}
	}
	add(onlyEmergency)
	regions := []string{""}
	for _, e := range b.hotlines {
		regions = append(regions, regionPrefix(e.Region))
	}
	slices.Sort(regions)
	for _, region := range slices.Compact(regions) {
		add(func(key string) (Hotline, bool) { return b.Hotline(key, region, time.Time{}) })
		add(func(key string) (Hotline, bool) { // as if every number had been checked this morning
			for _, e := range b.nearest(key, region) {
				if e.Confidence != "X" {
					return e.shown(time.Time{}), true
				}
			}
			return Hotline{}, false
		})
	}
	lookups := make([]func(string) (Hotline, bool), len(found))
	for i, k := range found {
		lookups[i] = k.hotline
	}
	return lookups
}

// known are the numbers for the placeholders of scripts.
type known map[string]Hotline

// answers asks a lookup once for each placeholder.
func answers(lookup func(string) (Hotline, bool)) known {
	k := known{}
	for _, key := range marks {
		if h, ok := lookup(key); ok {
			k[key] = h
		}
	}
	return k
}

func (k known) hotline(key string) (Hotline, bool) {
	h, ok := k[key]
	return h, ok
}

func (s Script) checkBubbles(bubbles []string, hotlines []Hotline) error {
	limit := maxChildRunes
	if s.Audience == Caregiver || s.Audience == Director {
		limit = maxAdultRunes
	}
	for _, bubble := range bubbles {
		if n := utf8.RuneCountInString(bubble); n > limit {
			return fmt.Errorf("%d characters, not over %d: %s", n, limit, bubble)
		}
		if strings.Contains(bubble, "{{") {
			return fmt.Errorf("a placeholder is left over: %s", bubble)
		}
	}
	isEmergency := func(h Hotline) bool { return h.Number == emergency["police"] || h.Number == emergency["ambulance"] }
	if s.Level >= 3 && !slices.ContainsFunc(hotlines, isEmergency) {
		return errors.New("no emergency number is left")
	}
	if s.Level == 4 && (len(bubbles) == 0 || !strings.Contains(bubbles[0], emergency["police"]) && !strings.Contains(bubbles[0], emergency["ambulance"])) {
		return errors.New("no emergency number is left in the first bubble")
	}
	return nil
}
