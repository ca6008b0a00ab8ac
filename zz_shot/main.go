package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/chromedp/chromedp"
)

func main() {
	width, _ := strconv.Atoi(os.Args[1])
	out := os.Args[2]
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox)
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	ctx, cancel = context.WithTimeout(ctx, 120*time.Second)
	defer cancel()
	if err := chromedp.Run(ctx, chromedp.EmulateViewport(int64(width), 800), chromedp.Navigate("http://127.0.0.1:18080/"), chromedp.Sleep(time.Second)); err != nil {
		panic(err)
	}
	for i, text := range os.Args[3:] {
		err := chromedp.Run(ctx, chromedp.Evaluate(`document.querySelectorAll('#log .bot').length`, nil),
			chromedp.SendKeys(`textarea`, text, chromedp.ByQuery), chromedp.Sleep(300*time.Millisecond), chromedp.SendKeys(`textarea`, "\r", chromedp.ByQuery), chromedp.Sleep(3*time.Second))
		if err != nil {
			panic(err)
		}
		var buf []byte
		if err := chromedp.Run(ctx, chromedp.FullScreenshot(&buf, 80)); err != nil {
			panic(err)
		}
		os.WriteFile(fmt.Sprintf("%s-%d.png", out, i+1), buf, 0o644)
	}
	var text string
	chromedp.Run(ctx, chromedp.Text("#log", &text))
	fmt.Println(text)
}
