package benefit_test

import (
	"os"
	"testing"

	"xiaohe/knowledge/benefit"
)

// partly is a family of which as much is known as after two answers.
func partly(b *testing.B, book *benefit.Book) *benefit.Case {
	c, err := book.Case(map[string]benefit.Said{
		"孩子.年龄":   benefit.Number(8, 8),
		"父亲.情形":   benefit.Options("服刑在押"),
		"母亲.情形":   benefit.Options("失联"),
		"家庭.在享低保": benefit.Options("否"),
	})
	if err != nil {
		b.Fatal(err)
	}
	return c
}

func hangzhou(book *benefit.Book) *benefit.View {
	return book.At(benefit.Everywhere("330100"), benefit.DayOf(2026, 11, 21))
}

func BenchmarkDecide(b *testing.B) {
	book := seedBook(b)
	c, view := partly(b, book), hangzhou(book)
	for b.Loop() {
		view.Decide(c)
	}
}

func BenchmarkNext(b *testing.B) {
	book := seedBook(b)
	c, view := partly(b, book), hangzhou(book)
	for b.Loop() {
		view.Survey(c, benefit.Interest{}).Next()
	}
}

func BenchmarkAt(b *testing.B) {
	book := seedBook(b)
	day := benefit.DayOf(2026, 1, 1)
	for b.Loop() {
		book.At(benefit.Everywhere("330100"), day)
		day++ // every day is a view of its own: nothing is cached
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if book, _ := benefit.Load(os.DirFS("../seed/benefits")); book == nil {
			b.Fatal("the rule set does not load")
		}
	}
}
