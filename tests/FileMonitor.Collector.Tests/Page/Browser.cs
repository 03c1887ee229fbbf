using System.Collections.Concurrent;
using Microsoft.Playwright;
using Xunit;

namespace FileMonitor.Collector.Tests.Page;

/// <summary>The Chromium of this machine, without a window. Where there is none the tests are skipped, and say what to install.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private const float Patience = 30_000;

    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async Task StartAsync()
    {
        var program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).SelectMany(_ => Names, Path.Join).FirstOrDefault(File.Exists);
        Assert.SkipWhen(program is null, "There is no Chromium on the PATH: install the package chromium, or google-chrome, to test the page.");
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = program, ChromiumSandbox = !Environment.IsPrivilegedProcess, Args = ["--disable-dev-shm-usage"] });
    }

    /// <summary>A page in a browser profile of its own.</summary>
    public async Task<OpenPage> OpenAsync(Uri address, int width = 1440, int height = 900)
    {
        var context = await _browser!.NewContextAsync(new() { ViewportSize = new() { Width = width, Height = height } });
        context.SetDefaultTimeout(Patience);
        Assertions.SetDefaultExpectTimeout(Patience);
        var open = new OpenPage(await context.NewPageAsync());
        await open.Page.GotoAsync(address.ToString());
        return open;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.CloseAsync();
        }

        _playwright?.Dispose();
    }
}

/// <summary>A page, and whatever the browser complains about.</summary>
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
    }

    public IPage Page { get; }

    public IEnumerable<string> Complaints => _complaints;

    /// <summary>Writes what is to be seen into the build's artefacts, for people.</summary>
    public Task ShootAsync(string name)
    {
        var folder = Path.GetFullPath(Path.Join(AppContext.BaseDirectory, "..", "..", "..", "screenshots"));
        return Page.ScreenshotAsync(new() { Path = Path.Join(folder, name + ".png"), FullPage = true, Animations = ScreenshotAnimations.Disabled });
    }

    public async ValueTask DisposeAsync() => await Page.Context.CloseAsync();
}
