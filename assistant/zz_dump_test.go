package assistant_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"xiaohe/assistant"
	"xiaohe/assistant/measure"
	"xiaohe/database/dbtest"
	"xiaohe/knowledge"
)

func TestDump(t *testing.T) {
	store := knowledge.NewStore(dbtest.New(t), fixedNow)
	if err := store.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob("testdata/benefits/dev-*.yaml")
	for _, name := range files {
		data, _ := os.ReadFile(name)
		families, _ := measure.Read(data)
		for _, family := range families {
			region, _ := store.Region(t.Context(), family.Region)
			var last assistant.Turn
			log := ""
			a := assistant.New(store)
			conv := assistant.Conversation{Region: region, On: knowledge.Date(family.On)}
			say := func(ctx context.Context, text string) (measure.Reply, error) {
				turn, err := a.Turn(ctx, conv, text)
				if err != nil {
					return measure.Reply{}, err
				}
				last = turn
				conv.Questions = append(conv.Questions, text)
				conv.State = turn.State
				r := measure.Reply{Results: turn.Results, Paused: turn.Paused}
				log += "    > " + text + "\n"
				if turn.Ask != nil {
					r.Asked = turn.Ask.Fact
					log += "    ? " + turn.Ask.Fact + " " + turn.Ask.Text + "\n"
				}
				return r, nil
			}
			js, err := measure.Play(t.Context(), family, say)
			if err != nil {
				t.Fatal(err)
			}
			bad := false
			for _, j := range js {
				if !j.RightVerdict() || j.WantMoney != "" && j.WantMoney != j.GotMoney {
					if !bad {
						fmt.Printf("== %s [%s] %s %s %s\n%s", family.ID, family.Topic, family.Voice, family.Region, family.On, log)
						fmt.Printf("    FACTS %v\n", last.Facts)
						bad = true
					}
					fmt.Printf("    !! %s want %s %s got %s %s\n", j.Benefit, j.Want, j.WantMoney, j.Got, j.GotMoney)
				}
			}
		}
	}
}
