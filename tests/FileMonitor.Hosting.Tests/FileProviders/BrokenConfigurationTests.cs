using System.Collections.Concurrent;
using FileMonitor.Extensions.FileProviders;
using FluentAssertions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace FileMonitor.Hosting.Tests.FileProviders;

/// <summary>What a host sees while its configuration is no JSON, as the recipe says it.</summary>
public sealed class BrokenConfigurationTests
{
    private const string Name = "config.json";

    [Theory]
    [InlineData(false, "one")]
    [InlineData(true, null)]
    public async Task Broken_json_takes_the_values_away_and_tells_nobody_unless_it_is_ignored(bool ignored, string? ofOptions)
    {
        using var home = new TemporaryDirectory();
        File.WriteAllText(home.PathOf(Name), """{ "Value": "one" }""");
        await using var provider = new MonitoredFileProvider(home.Root, options => options.Debounce.QuietPeriod = TimeSpan.FromMilliseconds(20));
        var broken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var source = new JsonConfigurationSource { FileProvider = provider, Path = Name, ReloadOnChange = true, ReloadDelay = 0 };
        source.OnLoadException = failed =>
        {
            failed.Ignore = ignored;
            broken.TrySetResult();
        };
        using var configuration = (ConfigurationRoot)new ConfigurationBuilder().Add(source).Build();
        await using var services = new ServiceCollection().Configure<Settings>(configuration).BuildServiceProvider();
        var settings = services.GetRequiredService<IOptionsMonitor<Settings>>();
        settings.CurrentValue.Value.Should().Be("one");
        var told = new ConcurrentQueue<string?>();
        var mended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var _ = settings.OnChange(Note);

        File.WriteAllText(home.PathOf(Name), """{ "Value": """);
        await broken.Task.WaitAsync(TestHost.Deadline, TestContext.Current.CancellationToken);
        var whileBroken = (configuration["Value"], ignored ? null : settings.CurrentValue.Value);
        File.WriteAllText(home.PathOf(Name), """{ "Value": "two" }""");
        await mended.Task.WaitAsync(TestHost.Deadline, TestContext.Current.CancellationToken);

        whileBroken.Should().Be((null, ofOptions));

        // A file may be loaded more than once for one change.
        told.Distinct().Should().Equal(ignored ? [null, "two"] : ["two"]);

        void Note(Settings now)
        {
            told.Enqueue(now.Value);
            if (now.Value == "two")
            {
                mended.TrySetResult();
            }
        }
    }

    private sealed class Settings
    {
        public string? Value { get; set; }
    }
}
