using FileMonitor.Agent.Tests.State;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace FileMonitor.Agent.Tests.Page;

/// <summary>What the page says of the time before this start.</summary>
[Collection(nameof(Page))]
public sealed class RestartPageTests(Chromium chromium)
{
    [Fact]
    public async Task A_second_start_says_until_when_it_ran_and_what_was_found()
    {
        using var runs = new AgentRuns();
        await using (var first = await runs.StartAsync())
        {
            await using var page = await chromium.OpenAsync(first);
            await Expect(page.Headline).ToHaveTextAsync("Well since the start");
            await Expect(page.Page.Locator("#line")).ToContainTextAsync("this is the first start with this state directory");
            await first.WriteAsync("a");
        }

        await File.WriteAllTextAsync(runs.PathOf("added.conf"), "x", TestContext.Current.CancellationToken);
        File.Delete(runs.PathOf("a"));
        await using var second = await runs.StartAsync();
        await using var open = await chromium.OpenAsync(second);

        await Expect(open.Headline).ToHaveTextAsync("All is well");
        await Expect(open.Page.Locator(".restart")).ToContainTextAsync("While it did not run 2 changes were made: 1 created, 1 deleted.");
        await Expect(open.Page.Locator(".restart")).ToContainTextAsync("Before this start it ran until ");
        await Expect(open.RowsWith("added.conf")).ToHaveCountAsync(1);
        await Expect(open.RowsWith("added.conf").Locator(".time")).ToContainTextAsync("found offline");
        await open.RowsWith("added.conf").Locator("button.more").ClickAsync();
        await Expect(open.Page.Locator(".detail")).ToContainTextAsync("Between ");
        await Expect(open.Page.Locator(".detail")).ToContainTextAsync(", the last record of the run before, and ");
        await open.Page.Locator("summary").ClickAsync();
        await Expect(open.Page.Locator(".numbers")).ToContainTextAsync("Signed checkpoint");
        await open.ShootAsync("restart");
        Assert.Empty(open.AllComplaints);
    }

    [Fact]
    public async Task State_that_was_lost_is_never_all_is_well_and_a_hostile_root_does_nothing()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not allow such names.");
        using var runs = new AgentRuns("<img src=x onerror=alert(1)>\u202Egpj");
        await using (var first = await runs.StartAsync())
        {
            await first.WriteAsync("a");
        }

        foreach (var file in Directory.GetFiles(runs.State, "baseline.db*"))
        {
            await File.WriteAllTextAsync(file, new string('x', 8192), TestContext.Current.CancellationToken);
        }

        await using var second = await runs.StartAsync();
        await using var open = await chromium.OpenAsync(second);

        await Expect(open.Headline).ToHaveTextAsync("Something may be missing");
        await Expect(open.Page.Locator(".restart")).ToContainTextAsync("is not known below one root");
        await Expect(open.Page.Locator(".restart li .path")).ToHaveTextAsync(runs.Root.Replace("\u202E", @"\u202e", StringComparison.Ordinal));
        await Expect(open.Page.Locator(".restart li")).ToContainTextAsync("damaged");
        Assert.Equal(0, await open.Page.Locator("#content img").CountAsync());
        await open.ShootAsync("state-lost");
        Assert.Empty(open.AllComplaints);
    }

    [Fact]
    public async Task An_open_page_goes_on_over_a_restart_of_the_agent_without_missing_anything()
    {
        using var runs = new AgentRuns();
        var first = await runs.StartAsync();
        runs.Settings["urls"] = first.Address.ToString();
        await using var open = await chromium.OpenAsync(first);
        await first.WriteAsync("before");
        await Expect(open.RowsWith("before")).ToHaveCountAsync(1);
        await first.DisposeAsync();
        await File.WriteAllTextAsync(runs.PathOf("meanwhile"), "x", TestContext.Current.CancellationToken);

        await using var second = await runs.StartAsync();

        await Expect(open.RowsWith("meanwhile")).ToHaveCountAsync(1);
        await Expect(open.RowsWith("before")).ToHaveCountAsync(1);
        await Expect(open.RowsWith("Missed here")).ToHaveCountAsync(0);
    }
}
