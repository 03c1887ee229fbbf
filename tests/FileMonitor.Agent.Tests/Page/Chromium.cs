using Microsoft.Playwright;
using Xunit;

namespace FileMonitor.Agent.Tests.Page;

/// <summary>All tests of the page: one after the other, in one browser.</summary>
[CollectionDefinition(nameof(Page))]
public sealed class AllOfThePage : ICollectionFixture<Chromium>;

/// <summary>The Chromium of this machine, without a window. Where there is none the tests are skipped, and say what to install.</summary>
public sealed class Chromium : IAsyncLifetime
{
    // A slow machine with two processors, busy with other things. Nothing waits so long unless it fails.
    private const float Patience = 30_000;

    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome.exe", "msedge.exe"];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Said by a test that is skipped.</summary>
    public const string WhatToInstall = "There is no Chromium on the PATH: install the package chromium, or google-chrome, to test the page.";

    public bool IsInstalled => _browser is not null;

    public async ValueTask InitializeAsync()
    {
        var program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .SelectMany(_ => Names, Path.Join).FirstOrDefault(File.Exists);
        if (program is null)
        {
            return;
        }

        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = program,
            // Its sandbox refuses to work for root, which is who runs in a container.
            ChromiumSandbox = !Environment.IsPrivilegedProcess,
            Args = ["--disable-dev-shm-usage"],
        });
    }

    /// <summary>The page of an agent, in a browser profile of its own.</summary>
    internal async Task<OpenPage> OpenAsync(RunningAgent agent, BrowserNewContextOptions? options = null)
    {
        var open = await OpenEmptyAsync(options);
        await open.Page.GotoAsync(agent.Address.ToString());
        return open;
    }

    /// <summary>A page that shows nothing yet.</summary>
    internal async Task<OpenPage> OpenEmptyAsync(BrowserNewContextOptions? options = null)
    {
        Assert.SkipUnless(IsInstalled, WhatToInstall);
        var context = await _browser!.NewContextAsync(options ?? new());
        context.SetDefaultTimeout(Patience);
        Assertions.SetDefaultExpectTimeout(Patience);
        return new OpenPage(await context.NewPageAsync());
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
