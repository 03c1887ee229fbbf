using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace FileMonitor.Agent.Tests.Page;

/// <summary>The page as a person uses it: a real agent, a real disk, a real browser.</summary>
[Collection(nameof(Page))]
public sealed class PageTests(Chromium chromium)
{
    [Fact]
    public async Task Changes_appear_as_they_happen_and_can_be_filtered()
    {
        await using var agent = await RunningAgent.StartAsync();
        await using var open = await chromium.OpenAsync(agent);
        await Expect(open.Headline).ToHaveTextAsync("Well since the start");
        await Expect(open.Page.Locator("#line")).ToContainTextAsync("1 monitor watches 1 root");
        await Expect(open.Page.Locator("#empty")).ToBeVisibleAsync();

        agent.Put("report.pdf", "first");
        await Expect(open.RowsWith("report.pdf")).ToHaveCountAsync(1);
        agent.Put("invoice.txt", "an invoice");
        await Expect(open.RowsWith("invoice.txt")).ToHaveCountAsync(1);
        agent.Put("report.pdf", "a second version");
        await Expect(open.RowsWith("Modified")).ToContainTextAsync("16 B");
        File.Move(Path.Join(agent.Root, "invoice.txt"), Path.Join(agent.Root, "paid.txt"));
        await Expect(open.RowsWith("Renamed")).ToContainTextAsync(new Regex("invoice.txt.*paid.txt", RegexOptions.Singleline));
        File.Delete(Path.Join(agent.Root, "report.pdf"));
        await Expect(open.Rows.First).ToContainTextAsync("Deleted");
        await Expect(open.Page.Locator("#chart-events .reading")).ToContainTextAsync("in the last 5 minutes");
        await Expect(open.Page.Locator("#series tr")).ToHaveCountAsync(5);

        var checksum = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("a second version")));
        foreach (var (needle, rows) in new[] { ("REPORT", 3), ("renamed", 1), (checksum[10..40], 2), ("invoice", 2), ("default", 5), ("nothing like it", 0) })
        {
            await open.Filter.FillAsync(needle);
            await Expect(open.Rows).ToHaveCountAsync(rows);
            await Expect(open.Page.Locator("#count")).ToHaveTextAsync($"{rows} of 5 events");
        }

        await open.Filter.PressAsync("Escape");
        await Expect(open.Rows).ToHaveCountAsync(5);
        await open.RowsWith("Modified").GetByRole(AriaRole.Button).ClickAsync();
        await Expect(open.Page.Locator(".detail")).ToContainTextAsync(checksum);
        await open.ShootAsync("light-drawer");
        await open.Page.Keyboard.PressAsync("Escape");
        await Expect(open.Page.GetByRole(AriaRole.Dialog)).ToBeHiddenAsync();
        await open.ShootAsync("light");

        await open.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await Expect(open.Page.Locator("body")).ToHaveCSSAsync("background-color", "rgb(16, 20, 26)");
        await open.ShootAsync("dark");
        await open.Page.GetByRole(AriaRole.Button, new() { Name = "Theme: auto" }).ClickAsync();
        await Expect(open.Page.Locator("body")).ToHaveCSSAsync("background-color", "rgb(245, 246, 248)");
        await open.Page.ReloadAsync();
        await Expect(open.Page.GetByRole(AriaRole.Button, new() { Name = "Theme: light" })).ToBeVisibleAsync();
        await Expect(open.Rows).ToHaveCountAsync(5);
        Assert.Empty(open.AllComplaints);
    }

    [Fact]
    public async Task What_changed_of_a_file_is_marked_with_what_was_before_and_opens_on_a_click()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no modes.");
            return;
        }

        await using var agent = await RunningAgent.StartAsync(new Dictionary<string, string?> { ["FileMonitor:Monitors:default:Report:AttributeChanges"] = "AllMetadata" });
        await using var open = await chromium.OpenAsync(agent);
        agent.Put("key.pem", "secret");
        await Expect(open.RowsWith("key.pem")).ToHaveCountAsync(1);
        File.SetUnixFileMode(Path.Join(agent.Root, "key.pem"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        var row = open.RowsWith("Attributes changed");
        await Expect(row).ToContainTextAsync(new Regex("mode 0[0-7]+ → 0604"));
        await open.Filter.FillAsync("0604");
        await Expect(open.Rows).ToHaveCountAsync(1);
        await row.Locator(".time").ClickAsync();
        await Expect(open.Page.Locator(".detail mark")).ToHaveTextAsync("0604");
        await Expect(open.Page.Locator(".detail")).ToContainTextAsync("Owner" + Environment.UserName);
        await open.ShootAsync("attributes");
        await row.Locator(".time").ClickAsync();
        await Expect(open.Page.Locator(".detail")).ToHaveCountAsync(0);
        await row.GetByRole(AriaRole.Button).PressAsync("Enter");
        await Expect(open.Page.Locator(".detail mark")).ToHaveTextAsync("0604");
        Assert.Empty(open.AllComplaints);
    }

    [Theory]
    [InlineData("<img src=x onerror=alert(1)>.txt", "<img src=x onerror=alert(1)>.txt")]
    [InlineData("\u202Egpj.exe", @"\u202egpj.exe")]
    [InlineData("a\u001b[31mb\nc", @"a\x1b[31mb\nc")]
    [InlineData("trailing ", @"trailing\x20")]
    public async Task A_hostile_name_is_shown_and_does_nothing(string name, string shown)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not allow such names.");
        await using var agent = await RunningAgent.StartAsync();
        await using var open = await chromium.OpenAsync(agent);
        await Expect(open.Headline).ToHaveTextAsync("Well since the start");

        agent.Put(name, "x");

        await Expect(open.Rows).ToHaveCountAsync(1);
        await Expect(open.Rows.Locator(".path")).ToHaveTextAsync(Path.Join(agent.Root, shown));
        await open.Rows.GetByRole(AriaRole.Button).ClickAsync();
        await Expect(open.Page.Locator(".detail .path")).ToHaveTextAsync(Path.Join(agent.Root, shown));
        await open.Filter.FillAsync(shown);
        await Expect(open.Rows).ToHaveCountAsync(1);
        Assert.Equal(0, await open.Page.Locator("#content img").CountAsync());
        Assert.Empty(open.AllComplaints);
    }

    [Fact]
    public async Task A_gap_is_announced_in_words_and_goes_when_it_is_closed()
    {
        await using var agent = await RunningAgent.StartAsync();
        await using var open = await chromium.OpenAsync(agent);
        agent.Put("kept.txt", "x");
        await Expect(open.RowsWith("kept.txt")).ToHaveCountAsync(1);

        using var away = new MovedAway(agent.Root);

        await Expect(open.Headline).ToHaveTextAsync("Something may be missing");
        await Expect(open.Page.GetByRole(AriaRole.Status)).ToContainTextAsync("the root is gone");
        await Expect(open.Page).ToHaveTitleAsync("Something may be missing - FileMonitor");
        await Expect(open.Page.Locator(".findings li").First).ToContainTextAsync("it is watched again by itself");
        await Expect(open.Page.Locator(".gaps li")).ToContainTextAsync(agent.Root);
        await Expect(open.Page.Locator(".root.lost")).ToContainTextAsync("not watched");
        await Expect(open.RowsWith("Gap opened")).ToContainTextAsync("Something may be missing from here on");
        await open.ShootAsync("gap");

        File.WriteAllText(Path.Join(away.Path, "meanwhile.txt"), "x");
        away.Dispose();

        await Expect(open.RowsWith("Gap closed")).ToContainTextAsync("Complete again from here on");
        await Expect(open.RowsWith("meanwhile.txt")).ToHaveCountAsync(1);
        await Expect(open.Headline).ToHaveTextAsync("Well since the start");
        await Expect(open.Page.GetByRole(AriaRole.Status)).ToContainTextAsync("Well since the start");
        await Expect(open.Page.Locator(".findings li, .gaps li, .root.lost")).ToHaveCountAsync(0);
        Assert.Empty(open.AllComplaints);
    }

    [Fact]
    public async Task The_keyboard_is_enough()
    {
        await using var agent = await RunningAgent.StartAsync();
        await using var open = await chromium.OpenAsync(agent);
        agent.Put("one.txt", "1");
        agent.Put("two.txt", "2");
        await Expect(open.Rows).ToHaveCountAsync(2);
        var keys = open.Page.Keyboard;

        await keys.PressAsync("Tab");
        await Expect(open.Page.GetByText("Skip to the latest events")).ToBeFocusedAsync();
        await keys.PressAsync("Enter");
        await keys.PressAsync("Tab");
        await Expect(open.Page.Locator("#pause")).ToBeFocusedAsync();

        await keys.PressAsync("Space");
        await Expect(open.Page.Locator("#pause")).ToHaveAttributeAsync("aria-pressed", "true");
        agent.Put("three.txt", "3");
        await Expect(open.Page.Locator("#pause")).ToHaveTextAsync("Resume (1 new)");
        await Expect(open.Rows).ToHaveCountAsync(2);
        await keys.PressAsync("Space");
        await Expect(open.Rows).ToHaveCountAsync(3);

        await keys.PressAsync("/");
        await Expect(open.Filter).ToBeFocusedAsync();
        await keys.TypeAsync("two.txt");
        await Expect(open.Rows).ToHaveCountAsync(1);
        await keys.PressAsync("Tab");
        await keys.PressAsync("Tab");
        await keys.PressAsync("Enter");
        var drawer = open.Page.GetByRole(AriaRole.Dialog);
        await Expect(drawer).ToContainTextAsync("SHA-256");
        await Expect(drawer).ToBeFocusedAsync();

        // The keyboard stays in it, whichever way it goes, and comes back to where it was.
        await keys.PressAsync("Shift+Tab");
        await Expect(drawer.GetByText("Link to this event")).ToBeFocusedAsync();
        await keys.PressAsync("Tab");
        await Expect(drawer.GetByRole(AriaRole.Button, new() { Name = "Close" })).ToBeFocusedAsync();
        await keys.PressAsync("Escape");
        await Expect(drawer).ToBeHiddenAsync();
        await Expect(open.RowsWith("two.txt").GetByRole(AriaRole.Button)).ToBeFocusedAsync();

        await keys.PressAsync("/");
        await keys.PressAsync("Escape");
        await Expect(open.Filter).ToHaveValueAsync("");
        await Expect(open.Rows).ToHaveCountAsync(3);
    }

    [Fact]
    public async Task A_phone_shows_all_of_it_without_sideways_scrolling()
    {
        await using var agent = await RunningAgent.StartAsync();
        await using var open = await chromium.OpenAsync(agent, new()
        {
            ViewportSize = new() { Width = 320, Height = 700 },
            IsMobile = true,
            HasTouch = true,
            DeviceScaleFactor = 2,
        });
        agent.Put(string.Concat(Enumerable.Repeat("a-very-long-name", 12)), "x");
        await Expect(open.Rows).ToHaveCountAsync(1);
        await open.Rows.GetByRole(AriaRole.Button).TapAsync();
        await Expect(open.Page.Locator(".detail code")).ToBeVisibleAsync();
        await open.AssertNoSidewaysScrollingAsync();
        await open.ShootAsync("phone-drawer");
        await open.Page.GetByRole(AriaRole.Button, new() { Name = "Close" }).TapAsync();
        await open.Page.Locator("summary").TapAsync();
        await Expect(open.Page.Locator(".numbers")).ToBeVisibleAsync();

        await open.AssertNoSidewaysScrollingAsync();
        Assert.InRange((await open.Filter.BoundingBoxAsync())!.Width, 150, 320);
        await open.ShootAsync("phone");
        Assert.Empty(open.AllComplaints);
    }

    /// <summary>A directory that is elsewhere until this is disposed, also when the test fails: its agent deletes it at the end.</summary>
    private sealed class MovedAway : IDisposable
    {
        private readonly string _from;

        public MovedAway(string directory)
        {
            _from = directory;
            Path = directory + "-away";
            Directory.Move(directory, Path);
        }

        public string Path { get; }

        public void Dispose()
        {
            if (Directory.Exists(Path))
            {
                Directory.Move(Path, _from);
            }
        }
    }
}
