using System.Globalization;
using System.Text.RegularExpressions;
using Deque.AxeCore.Playwright;
using FileMonitor.Agent.Tests.State;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace FileMonitor.Agent.Tests.Page;

/// <summary>What the page shows of the time before: the strip, what went wrong, the search, and the details of an event.</summary>
[Collection(nameof(Page))]
public sealed class PastPageTests(Chromium chromium) : IDisposable
{
    private readonly AgentRuns _runs = new();

    [Fact]
    public async Task The_night_is_seen_in_the_morning_in_words_and_at_every_width()
    {
        await using var agent = await ALongNightAsync();
        await using var open = await chromium.OpenAsync(agent, new() { ViewportSize = new() { Width = 1280, Height = 900 }, ReducedMotion = ReducedMotion.Reduce });
        var page = open.Page;

        var words = page.Locator("#history li");
        await Expect(words.Filter(new() { HasText = "not running" }).First).ToContainTextAsync("It was stopped.");
        await Expect(words.Filter(new() { HasText = "root lost" })).ToContainTextAsync(_runs.Root);
        await Expect(page.Locator("#history .total")).ToContainTextAsync(new Regex("Last 24 hours: .*not known .*watched "));
        await Expect(page.Locator("#history .strip span")).Not.ToHaveCountAsync(0);
        var incident = page.Locator("#incidents li");
        await Expect(incident).ToContainTextAsync("A root was lost");
        await Expect(incident).ToContainTextAsync("; over");
        await Expect(page.Locator("#directories li").First).ToContainTextAsync("/storm/");
        await AssertAccessibleAsync(page);
        await open.ShootAsync("night-normal");

        foreach (var (name, width) in new[] { ("narrow", 360), ("wide", 1920) })
        {
            await page.SetViewportSizeAsync(width, 1000);
            await open.AssertNoSidewaysScrollingAsync();
            await open.ShootAsync($"night-{name}");
        }

        var (history, latest) = (await page.Locator("#monitors-section").BoundingBoxAsync(), await page.Locator("#latest-section").BoundingBoxAsync());
        Assert.True(latest!.X >= history!.X + history.Width, "In a wide window the events are beside the monitors.");
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await AssertAccessibleAsync(page);
        await open.ShootAsync("night-wide-dark");

        await incident.GetByRole(AriaRole.Button, new() { Name = "The event" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Gap opened");
        await page.Keyboard.PressAsync("Escape");
        await Expect(incident.GetByRole(AriaRole.Button, new() { Name = "The event" })).ToBeFocusedAsync();
        await incident.GetByText("Events of that time").ClickAsync();
        await Expect(page.Locator("#found tr.event")).ToHaveCountAsync(100);
        await page.GetByRole(AriaRole.Checkbox, new() { Name = "Root lost" }).CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Search", Exact = true }).ClickAsync();
        await Expect(page.Locator("#found tr.event").Filter(new() { HasText = "Root lost" })).ToHaveCountAsync(1);
        await Expect(page.Locator("#found tr.event")).ToHaveCountAsync(1);
        await page.SetViewportSizeAsync(1920, 1000);
        await open.ShootAsync("search-wide-dark");
        Assert.Empty(open.AllComplaints);
    }

    [Fact]
    public async Task A_search_is_in_the_address_so_that_reload_share_and_back_give_the_same()
    {
        await using var agent = await ALongNightAsync();
        await using var open = await chromium.OpenAsync(agent);
        var page = open.Page;
        var found = page.Locator("#found tr.event");
        await page.GetByRole(AriaRole.Link, new() { Name = "Search" }).ClickAsync();
        await Expect(page.Locator("#found-count")).ToContainTextAsync("there are older ones");
        await Expect(found).ToHaveCountAsync(100);
        await page.GetByRole(AriaRole.Button, new() { Name = "Older events" }).ClickAsync();
        await Expect(page.Locator("#found-count")).ToContainTextAsync("all that is kept was searched");
        await page.GoBackAsync();
        await Expect(page.Locator("#found-count")).ToContainTextAsync("there are older ones");

        await page.GetByLabel("Path, or pattern").FillAsync($"{_runs.Root}/*.conf");
        await page.GetByRole(AriaRole.Checkbox, new() { Name = "Deleted" }).CheckAsync();
        await page.GetByRole(AriaRole.Checkbox, new() { Name = "Created" }).CheckAsync();
        await page.GetByLabel("Path, or pattern").PressAsync("Enter");
        await Expect(found).ToHaveCountAsync(3);
        await Expect(found.First).ToContainTextAsync("Deleted");
        Assert.Contains("view=search", page.Url, StringComparison.Ordinal);
        await AssertAccessibleAsync(page);
        await open.ShootAsync("search");
        await page.GetByLabel("Order of the page").SelectOptionAsync("path");
        await Expect(found.First).ToContainTextAsync("a.conf");

        // Somebody else gets the address.
        await using var other = await chromium.OpenEmptyAsync();
        await other.Page.GotoAsync(page.Url);
        await Expect(other.Page.Locator("#found tr.event")).ToHaveCountAsync(3);
        await Expect(other.Page.Locator("#found tr.event").First).ToContainTextAsync("a.conf");
        await Expect(other.Page.GetByLabel("Path, or pattern")).ToHaveValueAsync($"{_runs.Root}/*.conf");
        await Expect(other.Page.GetByRole(AriaRole.Checkbox, new() { Name = "Deleted" })).ToBeCheckedAsync();
        await Expect(other.Page.GetByRole(AriaRole.Checkbox, new() { Name = "Modified" })).Not.ToBeCheckedAsync();

        await page.GoBackAsync();
        await page.GoBackAsync();
        await Expect(found).ToHaveCountAsync(100);
        await Expect(page.GetByLabel("Path, or pattern")).ToHaveValueAsync("");
        await page.GoForwardAsync();
        await Expect(found).ToHaveCountAsync(3);

        await page.GetByRole(AriaRole.Button, new() { Name = "Where did most change?" }).ClickAsync();
        await Expect(page.Locator("#found-directories li")).ToHaveCountAsync(1);
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Button, new() { Name = "Export CSV" }).ClickAsync());
        var csv = await File.ReadAllLinesAsync((await download.PathAsync())!, TestContext.Current.CancellationToken);
        Assert.Equal(4, csv.Length);
        await page.SetViewportSizeAsync(360, 800);
        await open.AssertNoSidewaysScrollingAsync();
        await open.ShootAsync("search-narrow");
        Assert.Empty(open.AllComplaints);
        Assert.Empty(other.AllComplaints);
    }

    [Fact]
    public async Task An_event_has_an_address_of_its_own_with_before_and_after()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes.");
        _runs.Settings["FileMonitor:Monitors:default:Report:AttributeChanges"] = "AllMetadata";
        await File.WriteAllTextAsync(_runs.PathOf("key.pem"), "secret", TestContext.Current.CancellationToken);
        SetMode(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        await using var agent = await _runs.StartAsync();
        SetMode(UnixFileMode.UserRead | UnixFileMode.UserWrite);

        await using var open = await chromium.OpenAsync(agent);
        var page = open.Page;
        await open.RowsWith("Attributes changed").Locator(".time").ClickAsync();
        var drawer = page.GetByRole(AriaRole.Dialog);
        await Expect(drawer.Locator("mark")).ToHaveTextAsync("0600");
        await Expect(drawer).ToContainTextAsync("0644");
        await Expect(drawer).ToContainTextAsync("Owner" + Environment.UserName);
        await AssertAccessibleAsync(page);
        await open.ShootAsync("drawer");

        var address = page.Url;
        await page.ReloadAsync();
        await Expect(drawer.Locator("mark")).ToHaveTextAsync("0600");
        await page.GoBackAsync();
        await Expect(drawer).ToBeHiddenAsync();
        await page.GoForwardAsync();
        await Expect(drawer.Locator("mark")).ToHaveTextAsync("0600");
        await drawer.GetByText("All events of this path").ClickAsync();
        await Expect(page.Locator("#found tr.event").Filter(new() { HasText = "Attributes changed" })).ToHaveCountAsync(1);
        await Expect(drawer).ToBeHiddenAsync();

        await page.GotoAsync(Regex.Replace(address, "[0-9a-f]{12}$", "000000000000"));
        await Expect(drawer).ToContainTextAsync("This event is not kept");
        await page.GotoAsync($"{agent.Address}?event=nonsense");
        await Expect(open.RowsWith("Attributes changed")).ToHaveCountAsync(1);
        await Expect(drawer).ToBeHiddenAsync();
        Assert.Empty(open.AllComplaints);

        void SetMode(UnixFileMode mode)
        {
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(_runs.PathOf("key.pem"), mode);
            }
        }
    }

    [Fact]
    public async Task A_storm_is_one_row_that_opens_to_its_events_and_to_a_search()
    {
        await using var agent = await _runs.StartAsync();
        await using var open = await chromium.OpenAsync(agent);
        await Expect(open.Headline).ToHaveTextAsync("Well since the start");
        Directory.CreateDirectory(_runs.PathOf("a"));
        agent.Put("calm.txt", "x");
        foreach (var number in Enumerable.Range(0, 600))
        {
            agent.Put(string.Create(CultureInfo.InvariantCulture, $"a/{number}"), "x");
        }

        var storm = open.Page.Locator("#events tr.storm");
        await Expect(storm).ToContainTextAsync("600 created below " + _runs.PathOf("a"));
        await Expect(open.Page.Locator("#count")).ToHaveTextAsync("602 events");
        await Expect(open.Rows).ToHaveCountAsync(3);
        await open.ShootAsync("storm");
        await storm.GetByRole(AriaRole.Button).ClickAsync();
        await Expect(open.Page.Locator("#events tr.of-storm")).ToHaveCountAsync(500);
        await Expect(storm).ToContainTextAsync("The latest 500 are shown.");
        await open.Filter.FillAsync("calm.txt");
        await Expect(open.Rows).ToHaveCountAsync(1);
        await open.Filter.FillAsync("a/599");
        await Expect(open.Rows).ToHaveCountAsync(2);
        await open.Filter.FillAsync("");
        await storm.GetByText("Search for all of them").ClickAsync();
        await Expect(open.Page.Locator("#found tr.event")).ToHaveCountAsync(100);
        await Expect(open.Page.GetByLabel("Path, or pattern")).ToHaveValueAsync(_runs.PathOf("a") + "/");
        Assert.Empty(open.AllComplaints);
    }

    [Fact]
    public async Task Hostile_names_and_addresses_do_nothing_in_any_part_of_the_page()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not allow such names.");
        const string Hostile = "<img src=x onerror=alert(1)>\u202Egpj\u001b[31m";
        await using var agent = await _runs.StartAsync();
        Directory.CreateDirectory(_runs.PathOf(Hostile));
        await agent.WriteAsync($"{Hostile}/{Hostile}.exe");
        await using var open = await chromium.OpenAsync(agent);
        var page = open.Page;
        await Expect(page.Locator("#directories li .path").Last).ToContainTextAsync(@"<img src=x onerror=alert(1)>\u202egpj\x1b[31m");
        await page.Locator("#directories li a").Last.ClickAsync();
        await Expect(page.Locator("#found tr.event")).Not.ToHaveCountAsync(0);
        await page.Locator("#found tr.event button").First.ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog).Locator(".path").First).ToContainTextAsync(@"\u202egpj\x1b[31m");

        var hostile = Uri.EscapeDataString("\"><img src=x onerror=alert(1)>\u202E");
        await page.GotoAsync($"{agent.Address}?view=search&where={hostile}&monitor={hostile}&kind={hostile}&from={hostile}&sort={hostile}&origin={hostile}&before={hostile}&event={hostile}");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("monitor is no monitor.");
        Assert.Equal(0, await page.Locator("img").CountAsync());
        Assert.Empty(open.Complaints);
    }

    public void Dispose() => _runs.Dispose();

    private static async Task AssertAccessibleAsync(IPage page)
    {
        var result = await page.RunAxe();
        Assert.True(result.Violations.Length == 0, string.Join('\n', result.Violations.Select(violation => $"{violation.Id}: {violation.Help}: {string.Join(" ; ", violation.Nodes.Select(node => node.Html))}")));
    }

    /// <summary>A run that was stopped, and one in which a root was lost for a moment and a storm went over a directory.</summary>
    private async Task<RunningAgent> ALongNightAsync()
    {
        Directory.CreateDirectory(_runs.PathOf("storm"));
        await using (var first = await _runs.StartAsync())
        {
            await first.WriteAsync("a.conf", "b.conf");
        }

        var agent = await _runs.StartAsync();
        Directory.Move(_runs.Root, _runs.Root + "-away");
        await Wait.UntilAsync(() => agent.Monitor.GetHealth().OpenGaps.Count > 0);
        Directory.Move(_runs.Root + "-away", _runs.Root);
        await Wait.UntilAsync(() => agent.Monitor.GetHealth().OpenGaps.Count == 0);
        foreach (var number in Enumerable.Range(0, 120))
        {
            agent.Put(string.Create(CultureInfo.InvariantCulture, $"storm/{number}"), "x");
        }

        File.Delete(_runs.PathOf("b.conf"));
        await agent.WriteAsync("last.txt");
        return agent;
    }
}
