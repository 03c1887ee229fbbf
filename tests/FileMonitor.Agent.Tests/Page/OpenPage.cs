using System.Collections.Concurrent;
using Microsoft.Playwright;
using Xunit;

namespace FileMonitor.Agent.Tests.Page;

/// <summary>The page in a browser, and whatever the browser complains about: errors of scripts, refused content, dialogs.</summary>
internal sealed class OpenPage : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _complaints = [];

    public OpenPage(IPage page)
    {
        Page = page;
        page.PageError += (_, error) => _complaints.Enqueue(error);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                _complaints.Enqueue($"{message.Text} ({message.Location})");
            }
        };
        page.Dialog += (_, dialog) =>
        {
            _complaints.Enqueue($"A dialog: {dialog.Message}");
            _ = dialog.DismissAsync();
        };
    }

    public IPage Page { get; }

    /// <summary>The overall state in words.</summary>
    public ILocator Headline => Page.Locator("#headline");

    /// <summary>The events that are shown, newest first.</summary>
    public ILocator Rows => Page.Locator("#events tr.event:visible");

    public ILocator Filter => Page.GetByRole(AriaRole.Searchbox);

    /// <summary>The rows in which this text is.</summary>
    public ILocator RowsWith(string text) => Rows.Filter(new() { HasText = text });

    /// <summary>What the browser complained about, but for refused and broken connections, which a test may have wanted.</summary>
    public IEnumerable<string> Complaints => _complaints.Where(complaint => !complaint.StartsWith("Failed to load resource", StringComparison.Ordinal));

    /// <summary>Also those.</summary>
    public IEnumerable<string> AllComplaints => _complaints;

    /// <summary>Writes what is to be seen into the build's artefacts, for people.</summary>
    public async Task ShootAsync(string name)
    {
        // From artifacts/bin/<project>/<configuration>.
        var folder = Path.GetFullPath(Path.Join(AppContext.BaseDirectory, "..", "..", "..", "screenshots"));
        await Page.ScreenshotAsync(new() { Path = Path.Join(folder, name + ".png"), FullPage = true, Animations = ScreenshotAnimations.Disabled });
    }

    public async ValueTask DisposeAsync() => await Page.Context.CloseAsync();

    /// <summary>The width of what is laid out, beside that of the window.</summary>
    public async Task AssertNoSidewaysScrollingAsync()
    {
        var widths = await Page.EvaluateAsync<int[]>("[document.documentElement.scrollWidth, document.documentElement.clientWidth]");
        Assert.Equal(widths[1], widths[0]);
    }
}
