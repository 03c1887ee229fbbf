using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace FileMonitor.Agent.Tests.Page;

/// <summary>How the page gets to the agent, and back to it.</summary>
[Collection(nameof(Page))]
public sealed class ConnectionTests(Chromium chromium)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_token_is_asked_for_kept_for_the_tab_and_forgotten_on_request()
    {
        await using var agent = await RunningAgent.StartAsync(new Dictionary<string, string?> { ["Agent:BearerToken"] = "a-token-of-some-length-1234567890" });
        await using var open = await chromium.OpenAsync(agent);
        var token = open.Page.GetByLabel("Token");
        await Expect(token).ToBeFocusedAsync();
        await Expect(open.Page.Locator("#content")).ToBeHiddenAsync();

        await token.FillAsync("a wrong one");
        await token.PressAsync("Enter");
        await Expect(open.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("no spaces");
        await token.FillAsync("another-wrong-one");
        await token.PressAsync("Enter");
        await Expect(open.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("does not take this token");
        await open.ShootAsync("token");

        await token.FillAsync("a-token-of-some-length-1234567890");
        await token.PressAsync("Enter");
        await Expect(open.Headline).ToHaveTextAsync("Well since the start");
        agent.Put("secret.txt", "x");
        await Expect(open.RowsWith("secret.txt")).ToHaveCountAsync(1);
        await open.Page.ReloadAsync();
        await Expect(open.RowsWith("secret.txt")).ToHaveCountAsync(1);
        await Expect(open.Page.Locator("#line")).ToContainTextAsync("1 root");
        await Expect(open.Page.Locator("#chart-events .reading")).ToContainTextAsync("in the last 5 minutes");

        await open.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(token).ToBeVisibleAsync();
        var left = await open.Page.ContentAsync();
        Assert.All(["secret.txt", "Well since the start", "1 root", "in the last 5 minutes"], seen => Assert.DoesNotContain(seen, left, StringComparison.Ordinal));
        await open.Page.ReloadAsync();
        await Expect(token).ToBeVisibleAsync();
        Assert.Empty(open.Complaints);
    }

    [Fact]
    public async Task An_agent_that_was_started_again_is_found_again_and_what_may_be_missing_is_said()
    {
        await using var open = await chromium.OpenEmptyAsync();
        Uri address;
        await using (var first = await RunningAgent.StartAsync())
        {
            address = first.Address;
            await open.Page.GotoAsync(address.ToString());
            first.Put("before.txt", "x");
            await Expect(open.RowsWith("before.txt")).ToHaveCountAsync(1);
        }

        await Expect(open.Headline).ToHaveTextAsync("The agent does not answer");
        await Expect(open.Page.Locator("#connection")).ToContainTextAsync("Next attempt in");

        await using var next = await RunningAgent.StartAsync(new Dictionary<string, string?> { ["urls"] = address.ToString() });
        await Expect(open.Headline).ToHaveTextAsync("Well since the start");
        await Expect(open.Page.Locator("#connection")).ToHaveTextAsync("Live");
        next.Put("after.txt", "x");
        await Expect(open.RowsWith("after.txt")).ToHaveCountAsync(1);
        await Expect(open.RowsWith("Missed here")).ToHaveCountAsync(1);
        await Expect(open.RowsWith("before.txt")).ToHaveCountAsync(1);
        Assert.Empty(open.Complaints);
    }

    [Fact]
    public async Task A_broken_stream_goes_on_after_the_last_event_that_was_read_to_its_end()
    {
        await using var agent = await RunningAgent.StartAsync();
        await using var open = await chromium.OpenAsync(agent);
        foreach (var number in Enumerable.Range(1, 3))
        {
            // Each by itself, so that their order is known.
            agent.Put(string.Create(CultureInfo.InvariantCulture, $"{number}.txt"), "x");
            await Expect(open.Rows).ToHaveCountAsync(number);
        }

        using var reader = new StreamReader(await agent.Client.GetStreamAsync(new Uri("/events?recent=3", UriKind.Relative), Cancellation));
        var frame = await ReadFrameAsync(reader);
        var second = await ReadFrameAsync(reader);

        // The first connection gives one event, begins the next, and breaks.
        var page = open.Page;
        var asked = new List<string?>();
        await page.RouteAsync(new Regex(@"/events($|\?)"), async route =>
        {
            asked.Add(route.Request.Headers.GetValueOrDefault("last-event-id"));
            await (asked.Count > 1
                ? route.ContinueAsync()
                : route.FulfillAsync(new() { ContentType = "text/event-stream", Body = frame + second[..^20] }));
        });
        await page.ReloadAsync();

        await Expect(open.Rows).ToHaveCountAsync(3);
        await Expect(open.Rows.Last).ToContainTextAsync("1.txt");
        await Expect(open.Rows.First).ToContainTextAsync("3.txt");
        Assert.Equal([null, frame.Split('\n')[0]["id: ".Length..]], asked);
        Assert.Empty(open.AllComplaints);
    }

    /// <summary>The lines of the next event, with the empty one that ends it.</summary>
    private static async Task<string> ReadFrameAsync(StreamReader reader)
    {
        var lines = new StringBuilder();
        while (true)
        {
            var line = await reader.ReadLineAsync(Cancellation) ?? throw new EndOfStreamException();
            lines.Append(line).Append('\n');
            if (line.Length == 0)
            {
                if (lines.ToString().Contains("\ndata: ", StringComparison.Ordinal))
                {
                    return lines.ToString();
                }

                lines.Clear();
            }
        }
    }
}
