package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"

	"example.com/clients/portal"
)

func must[T any](answer T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return answer
}

func main() {
	url, token := os.Args[1], os.Args[2]
	chat := must(strconv.ParseInt(os.Args[3], 10, 64))
	ctx := context.Background()
	client := must(portal.NewClientWithResponses(url, portal.WithRequestEditorFn(
		func(_ context.Context, request *http.Request) error {
			request.Header.Set("Authorization", "Bearer "+token)
			return nil
		})))
	limit := int32(10)

	instance := must(client.GetInstanceWithResponse(ctx))
	me := must(client.GetMeWithResponse(ctx))
	made := must(client.CreateChatWithResponse(ctx, portal.CreateChatBody{Name: "Made by Go"}))
	shown := must(client.GetChatWithResponse(ctx, chat))
	activity := must(client.ListChatActivityWithResponse(ctx, chat, &portal.ListChatActivityParams{Limit: &limit}))
	missing := must(client.GetChatWithResponse(ctx, 4711))

	var methods []string
	for _, event := range activity.JSON200.Events {
		method := "null"
		if event.Method != nil {
			method = string(*event.Method)
		}
		methods = append(methods, string(event.Action)+"/"+method)
	}
	fmt.Println(strings.Join([]string{
		instance.JSON200.Name, me.JSON200.Username, made.JSON200.Owner.Username,
		string(shown.JSON200.Visibility), strings.Join(methods, " "), string(missing.JSON404.Code),
	}, ", "))
}
