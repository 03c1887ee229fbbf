using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using FileMonitor.Collector.Tests.Services;
using FluentAssertions;
using Microsoft.Playwright;
using Xunit;
using static FileMonitor.Collector.Tests.Services.TestEvents;
using static Microsoft.Playwright.Assertions;

namespace FileMonitor.Collector.Tests.Page;

/// <summary>The page as a person uses it: a real broker, a real database, a real browser.</summary>
[Collection(nameof(Services))]
public sealed class PageTests(Fleet fleet) : IAsyncLifetime
{
    private const string Hostile = "/srv/<img src=x onerror=alert(1)>\u202egpj.exe";

    private readonly Browser _browser = new();
    private RunningCollector? _collector;
    private TestPublisher? _publisher;

    private RunningCollector Collector => _collector!;

    public async ValueTask InitializeAsync()
    {
        var place = await fleet.PrepareAsync();
        await _browser.StartAsync();
        _publisher = await TestPublisher.OpenAsync(place);
        _collector = await RunningCollector.StartAsync(place);
        await _publisher.RecordsAsync(
            "web-1", "web-1/filemonitor/1",
            Line(0, "/srv/data/report.pdf", content: "one", user: "root"),
            Line(1, "/etc/ssl/key.pem", "AttributesChanged", user: "alice", program: "/usr/bin/chmod",
                more: ",\"changedAttributes\":[\"Mode\",\"Owner\"],\"mode\":384,\"ownerId\":0,\"ownerName\":\"root\",\"groupId\":0,\"groupName\":\"root\",\"previous\":{\"mode\":420,\"ownerId\":1000,\"ownerName\":\"alice\"}"),
            Line(2, Hostile),
            Line(3, "/srv/data/final.pdf", "Renamed", content: "one", oldPath: "/srv/data/report.pdf"));
        await _publisher.RecordAsync("db-1", "db-1/filemonitor/1", 0, Line(10, "/srv/data/copy.pdf", content: "one"));
        await _publisher.RecordAsync("db-1", "db-1/filemonitor/1", 0, Line(10, "/srv/data/forged.pdf", content: "one"));
        await _collector.UntilStoredAsync(5);
        await Wait.UntilAsync("the incident is there", async () => (await _collector.OpenIncidentsAsync()).Count == 1);
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        if (_collector is not null)
        {
            await _collector.DisposeAsync();
            await _publisher!.DisposeAsync();
        }
    }

    [Fact]
    public async Task Events_are_searched_opened_and_linked_to()
    {
        await using var open = await _browser.OpenAsync(Collector.Address);
        var page = open.Page;
        var rows = page.Locator("#events tr.event");
        await Expect(rows).ToHaveCountAsync(5);
        await Expect(page.Locator("#open-incidents")).ToHaveTextAsync("1 open");

        await _publisher!.RecordAsync("web-1", "web-1/filemonitor/1", 4, Line(20, "/srv/data/live.txt"));
        await Expect(rows).ToHaveCountAsync(6);

        await page.GetByLabel("Path, or pattern").FillAsync("/etc/**/*.pem");
        await page.GetByRole(AriaRole.Button, new() { Name = "Search" }).ClickAsync();
        await Expect(rows).ToHaveCountAsync(1);
        await Expect(rows).ToContainTextAsync("mode 0644 → 0600, owner alice (1000) → root (0)");
        await rows.GetByRole(AriaRole.Button).ClickAsync();
        await Expect(page.Locator("#drawer")).ToContainTextAsync("0644");
        await Expect(page.Locator("#drawer mark").First).ToHaveTextAsync("0600");
        await open.ShootAsync("collector-drawer");
        await AssertAccessibleAsync(page);

        // The address says it all.
        var address = page.Url;
        await page.GotoAsync("about:blank");
        await page.GotoAsync(address);
        await Expect(rows).ToHaveCountAsync(1);
        await Expect(page.Locator("#drawer")).ToContainTextAsync("not proved yet");
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator("#drawer")).ToBeHiddenAsync();
        await page.GoBackAsync();
        await Expect(page.Locator("#drawer")).ToBeVisibleAsync();

        await page.GotoAsync($"{Collector.Address}?view=events&sha256={ShaOf("one")}");
        await Expect(rows).ToHaveCountAsync(3);
        await page.GetByRole(AriaRole.Button, new() { Name = "Which hosts have this file?" }).ClickAsync();
        await Expect(page.Locator("#files-result tbody tr")).ToHaveCountAsync(3);
        await open.ShootAsync("collector-files");
        open.Complaints.Should().BeEmpty();
    }

    [Fact]
    public async Task A_hostile_name_is_shown_and_does_nothing()
    {
        await using var open = await _browser.OpenAsync(Collector.Address);
        var row = open.Page.Locator("#events tr.event").Filter(new() { HasText = "onerror" });

        await Expect(row.Locator(".path")).ToHaveTextAsync(@"/srv/<img src=x onerror=alert(1)>\u202egpj.exe");
        await row.GetByRole(AriaRole.Button).ClickAsync();

        await Expect(open.Page.Locator("#drawer .path").First).ToHaveTextAsync(@"/srv/<img src=x onerror=alert(1)>\u202egpj.exe");
        (await open.Page.Locator("#content img").CountAsync()).Should().Be(0);
        open.Complaints.Should().BeEmpty();
    }

    [Theory]
    [InlineData(1440, 900)]
    [InlineData(390, 844)]
    public async Task All_views_are_accessible_and_fit_the_window(int width, int height)
    {
        await using var open = await _browser.OpenAsync(Collector.Address, width, height);
        var page = open.Page;
        foreach (var (view, content) in new[] { ("Events", "#events tr.event"), ("Hosts", "#hosts tbody tr"), ("Incidents", "#incidents tbody tr") })
        {
            await page.GetByRole(AriaRole.Link, new() { Name = view }).ClickAsync();
            await Expect(page.Locator(content).First).ToBeVisibleAsync();
            await open.ShootAsync($"collector-{view.ToLowerInvariant()}-{width}");
            await AssertAccessibleAsync(page);
            var widths = await page.EvaluateAsync<int[]>("[document.documentElement.scrollWidth, document.documentElement.clientWidth]");
            widths[0].Should().Be(widths[1], $"{view} must not scroll sideways");
        }

        await Expect(page.Locator("#incidents")).ToContainTextAsync("Two versions of a record");
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await AssertAccessibleAsync(page);
        open.Complaints.Should().BeEmpty();
    }

    [Fact]
    public async Task Without_the_token_it_asks_for_it_and_shows_nothing()
    {
        await using var guarded = await RunningCollector.StartAsync(Collector.Place, new Dictionary<string, string?> { ["Collector:BearerToken"] = "0123456789abcdef" });
        await using var open = await _browser.OpenAsync(guarded.Address);
        var page = open.Page;

        await Expect(page.Locator("#signin")).ToBeVisibleAsync();
        await Expect(page.Locator("#content")).ToBeHiddenAsync();
        await AssertAccessibleAsync(page);
        await page.GetByLabel("Token").FillAsync("wrong-wrong-wrong");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show the fleet" }).ClickAsync();
        await Expect(page.Locator("#signin-message")).ToHaveTextAsync("The collector does not take this token.");
        await page.GetByLabel("Token").FillAsync("0123456789abcdef");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show the fleet" }).ClickAsync();
        await Expect(page.Locator("#events tr.event")).ToHaveCountAsync(5);

        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Button, new() { Name = "Export CSV" }).ClickAsync());
        download.SuggestedFilename.Should().Be("events.csv");
        (await File.ReadAllTextAsync(await download.PathAsync(), TestContext.Current.CancellationToken)).Should().Contain("copy.pdf");
    }

    private static async Task AssertAccessibleAsync(IPage page)
    {
        var result = await page.RunAxe(new AxeRunOptions());
        result.Violations.Select(violation => $"{violation.Id}: {violation.Help} {string.Join(", ", violation.Nodes.Select(node => node.Html))}").Should().BeEmpty();
    }
}
