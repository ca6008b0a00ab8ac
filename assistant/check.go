package assistant

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"xiaohe/assistant/dialogue"
	"xiaohe/knowledge"
	"xiaohe/knowledge/benefit"
)

// Check is a family whose help is looked up in one step, without a conversation: other programs ask so.
type Check struct {
	Region  knowledge.Region
	On      knowledge.Date          // today where it is empty
	Words   string                  // what the family says, in its own words; empty where there are facts alone
	Facts   map[string]benefit.Said // what is known already, by the names of the dictionary
	Benefit string                  // the benefit that is asked about, by any of its names; empty: all
	Unknown []string                // facts that nobody knows: they are not asked
	Most    int                     // how many questions are wanted at most
}

// Checked is what the rules say of a family.
type Checked struct {
	Region    knowledge.Region
	On        knowledge.Date
	Rules     string         // version of the rule set
	Facts     map[string]any // what was taken in, as `xiaohe ask --json` writes it
	Benefits  []Benefit
	Card      benefit.Card
	Notes     []string           // contradictions and impossible values, in words for the person
	Questions []benefit.Question // what settles most, the first first
}

// Facts reads facts as 判例 write 已知, {"孩子.年龄": 10}, from JSON. What is wrong is told in Chinese sentences.
func (a *Assistant) Facts(ctx context.Context, data []byte) (map[string]benefit.Said, error) {
	book, err := a.knowledge.Book(ctx)
	if err != nil {
		return nil, err
	}
	known, problems := book.ReadKnown("facts", string(data))
	var wrong []string
	for _, p := range problems {
		if p.Severity == benefit.Error {
			wrong = append(wrong, p.Text)
		}
	}
	if len(wrong) > 0 {
		return nil, &knowledge.InputError{Message: strings.Join(wrong, "；")}
	}
	for name, said := range known {
		if said.Place == "" {
			continue
		}
		region, err := a.knowledge.Region(ctx, said.Place)
		if err != nil {
			return nil, err
		}
		said.Place = region.Code
		known[name] = said
	}
	return known, nil
}

// Check applies the rules to what is known of a family. It uses no model: what it returns is the same for the same
// facts.
func (a *Assistant) Check(ctx context.Context, c Check) (Checked, error) {
	if c.On == "" {
		c.On = a.knowledge.Today()
	}
	day, err := benefit.ParseDay(string(c.On))
	if err != nil {
		return Checked{}, err
	}
	book, err := a.knowledge.Book(ctx)
	if err != nil {
		return Checked{}, err
	}
	named := book.Mentioned(c.Benefit)
	if c.Benefit != "" && len(named) == 0 {
		return Checked{}, &knowledge.InputError{Message: fmt.Sprintf("没有“%s”这项福利；有的是：%s", c.Benefit, strings.Join(ruleNames(book), "、"))}
	}
	for _, fact := range c.Unknown {
		if _, err := book.Dictionary.Fact(fact); err != nil {
			return Checked{}, &knowledge.InputError{Message: fmt.Sprintf("没有“%s”这个事实", fact)}
		}
	}
	state, err := dialogue.Known(book, day, c.Facts)
	if err != nil {
		return Checked{}, conflicting(err)
	}
	state.Named, state.Parked = named, slices.Clone(c.Unknown)
	region, err := a.region(ctx, c.Region, &state, c.Words)
	if err != nil {
		return Checked{}, err
	}
	at := dialogue.Setting{Book: book, Day: day, Region: region.Short(), Resolve: a.resolver(ctx, region)}
	if at.Topics, err = a.about(ctx, c, region); err != nil {
		return Checked{}, err
	}
	state, out := dialogue.Step(state, c.Words, at)
	return Checked{
		Region: region, On: c.On, Rules: book.Version, Facts: out.Facts, Benefits: benefits(out.Decision.Card), Card: out.Decision.Card,
		Notes: out.Notes, Questions: dialogue.Questions(state, out, at, c.Most),
	}, nil
}

// about is what the search finds the words to be about.
func (a *Assistant) about(ctx context.Context, c Check, region knowledge.Region) ([]string, error) {
	if strings.TrimSpace(c.Words) == "" {
		return nil, nil
	}
	found, err := a.knowledge.Search(ctx, knowledge.Query{Text: c.Words, Region: region, On: c.On, K: 1})
	if err != nil {
		return nil, err
	}
	return topics(found), nil
}

func ruleNames(book *benefit.Book) []string {
	var names []string
	for _, rule := range book.Rules {
		names = append(names, rule.ID)
	}
	return names
}

// conflicting makes what cannot be true together a mistake of the one who asks.
func conflicting(err error) error {
	var conflict *benefit.Conflict
	if errors.As(err, &conflict) {
		return &knowledge.InputError{Message: conflict.Text}
	}
	return err
}
