package web

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

func TestZZShot(t *testing.T) {
	b := browser(t)
	w := int64(360)
	if os.Getenv("W") != "" {
		fmt.Sscan(os.Getenv("W"), &w)
	}
	_, err := chromedp.Call(b.ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: w, Height: 900, DeviceScaleFactor: 1})
	must(t, err)
	b.open("http://127.0.0.1:18080")
	time.Sleep(time.Second)
	for i, text := range []string{os.Getenv("A1"), os.Getenv("A2"), os.Getenv("A3"), os.Getenv("A4")} {
		if text == "" {
			continue
		}
		b.say(text)
		b.awaitAnswers(i + 1)
		time.Sleep(time.Second)
		fmt.Println("HEIGHT", value[int](b, "document.querySelector('#log').scrollHeight"))
	}
	b.eval("document.querySelector('#log').style.overflow='visible'")
	h := value[int](b, "document.querySelector('#log').scrollHeight") + 300
	_, err = chromedp.Call(b.ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: w, Height: int64(h), DeviceScaleFactor: 1})
	must(t, err)
	time.Sleep(time.Second)
	data, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(80))
	must(t, err)
	os.WriteFile(os.Getenv("OUT"), data, 0o644)
}
