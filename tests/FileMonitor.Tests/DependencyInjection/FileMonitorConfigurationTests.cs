using System.Text;
using FluentAssertions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace FileMonitor.Tests.DependencyInjection;

public sealed class FileMonitorConfigurationTests
{
    private static readonly string Base = OperatingSystem.IsWindows() ? "C:/" : "/";

    [Fact]
    public void Every_option_binds()
    {
        // No value here is a default, so a property that does not bind shows; a new one must be added here.
        var options = Bind(
            """
            {
              "Roots": [
                { "Path": "/data/in", "Recursive": false, "ReportWhen": "Closed", "Include": [ "*.csv", "*.xml" ], "Ignore": [ "*.tmp", "obj/" ], "FollowLinksInto": [ "/srv/shared" ] },
                { "Path": "/data/out", "IsFile": true },
                {
                  "Path": "/data/own", "MaxDepth": 3, "Source": "polling", "IgnorePresets": "EditorTemporaryFiles, VersionControl",
                  "Debounce": { "QuietPeriod": "00:00:01", "MaxDelay": "00:00:08", "FinishedDelay": "00:00:00.005", "MaxHold": "00:31:00", "StabilityPeriod": "00:00:21" },
                  "Checksum": { "Enabled": true, "MaxFileBytes": 5678, "Baseline": false },
                  "Report": { "Directories": true, "AttributeChanges": "Mode, Owner", "Transients": false, "Baseline": false }
                }
              ],
              "Debounce": { "QuietPeriod": "00:00:00.125", "MaxDelay": "00:00:07", "FinishedDelay": "00:00:00.004", "DetectWriters": false, "MaxHold": "00:30:00", "StabilityPeriod": "00:00:20" },
              "Checksum": { "Enabled": false, "MaxFileBytes": 1234, "Concurrency": 7, "BytesPerSecond": 5000, "Attempts": 9, "ReadTimeout": "00:00:24", "Baseline": true },
              "Queue": { "Capacity": 11, "MaxPendingPaths": 12 },
              "Report": { "Directories": false, "AttributeChanges": "Security", "Transients": true, "Baseline": true },
              "Readers": { "BufferCapacity": 13, "Patience": "00:00:14" },
              "Sinks": { "MaxBatch": 15, "WriteTimeout": "00:00:16", "Retries": 17, "BufferCapacity": 18, "BreakDuration": "00:01:00" },
              "Recovery": { "ReconcileInterval": "00:20:00", "EntriesPerSecond": 21000, "RootCheckInterval": "00:00:22" },
              "Polling": { "Interval": "00:00:23" },
              "RootsMustExist": true,
              "Source": "filesystemwatcher",
              "RequireSource": true,
              "MaxEventsPerSecond": 19,
              "ShutdownTimeout": "00:02:00",
              "FlushTimeout": "00:00:25",
              "VerifyTimeout": "00:00:26"
            }
            """);

        options.Should().BeEquivalentTo(
            new
            {
                Debounce = new { QuietPeriod = TimeSpan.FromMilliseconds(125), MaxDelay = TimeSpan.FromSeconds(7), FinishedDelay = TimeSpan.FromMilliseconds(4), DetectWriters = false, MaxHold = TimeSpan.FromMinutes(30), StabilityPeriod = TimeSpan.FromSeconds(20) },
                Checksum = new { Enabled = false, MaxFileBytes = 1234L, Concurrency = 7, BytesPerSecond = 5000L, Attempts = 9, ReadTimeout = TimeSpan.FromSeconds(24), Baseline = true },
                Queue = new { Capacity = 11, MaxPendingPaths = 12 },
                Report = new { Directories = false, AttributeChanges = ItemAttributes.Security, Transients = true, Baseline = true },
                Readers = new { BufferCapacity = 13, Patience = TimeSpan.FromSeconds(14) },
                Sinks = new { MaxBatch = 15, WriteTimeout = TimeSpan.FromSeconds(16), Retries = 17, BufferCapacity = 18, BreakDuration = TimeSpan.FromMinutes(1) },
                Recovery = new { ReconcileInterval = TimeSpan.FromMinutes(20), EntriesPerSecond = 21_000, RootCheckInterval = TimeSpan.FromSeconds(22) },
                Polling = new { Interval = TimeSpan.FromSeconds(23) },
                RootsMustExist = true,
                Source = ChangeSourceKind.FileSystemWatcher,
                RequireSource = true,
                MaxEventsPerSecond = 19,
                ShutdownTimeout = TimeSpan.FromMinutes(2),
                FlushTimeout = TimeSpan.FromSeconds(25),
                VerifyTimeout = TimeSpan.FromSeconds(26),
            });
        options.Roots.Select(root => $"{root.Path} {root.Recursive} {root.IsFile} {root.ReportWhen} +{string.Join('+', root.Include)} -{string.Join('-', root.Ignore)}").Should().Equal(
            $"{Base}data/in False False Closed +*.csv+*.xml -*.tmp-obj/",
            $"{Base}data/out True True Quiet + -",
            $"{Base}data/own True False Quiet + -");
        options.Roots[0].FollowLinksInto.Should().Equal("/srv/shared");
        options.Roots[2].Should().BeEquivalentTo(
            new
            {
                MaxDepth = 3,
                Source = ChangeSourceKind.Polling,
                IgnorePresets = IgnorePresets.EditorTemporaryFiles | IgnorePresets.VersionControl,
                Debounce = new { QuietPeriod = TimeSpan.FromSeconds(1), MaxDelay = TimeSpan.FromSeconds(8), FinishedDelay = TimeSpan.FromMilliseconds(5), MaxHold = TimeSpan.FromMinutes(31), StabilityPeriod = TimeSpan.FromSeconds(21) },
                Checksum = new { Enabled = true, MaxFileBytes = 5678L, Baseline = false },
                Report = new { Directories = true, AttributeChanges = ItemAttributes.Mode | ItemAttributes.Owner, Transients = false, Baseline = false },
            });
        UnchangedIn(options, new FileMonitorOptions(), "").Should().BeEmpty("every option is in this test");
    }

    [Fact]
    public void What_is_not_configured_keeps_its_default() =>
        Bind("""{ "Roots": [ { "Path": "/data" } ] }""").Should().BeEquivalentTo(new FileMonitorOptions().AddRoot(Base + "data"));

    [Fact]
    public void Configuration_and_code_add_up()
    {
        var services = new ServiceCollection();
        services.AddFileMonitor("uploads", Json("""{ "Roots": [ { "Path": "/data" } ], "Queue": { "Capacity": 5 } }"""));
        services.AddFileMonitor("uploads", options => options.Queue.Capacity++);
        using var provider = services.BuildServiceProvider();

        var bound = provider.GetRequiredService<IOptionsMonitor<FileMonitorOptions>>().Get("uploads");

        bound.Queue.Capacity.Should().Be(6);
        bound.Roots.Should().ContainSingle();
    }

    [Theory]
    [InlineData("""{ "Source": "Kqueue" }""", "*'Kqueue'*Source*")]
    [InlineData("""{ "Debounce": { "QuietPeriod": "soon" } }""", "*'soon'*Debounce:QuietPeriod*")]
    [InlineData("""{ "Queue": { "Capacity": "many" } }""", "*'many'*Queue:Capacity*")]
    [InlineData("""{ "Debounce": { "QuitePeriod": "00:00:01" } }""", "*'QuitePeriod'*")]
    [InlineData("""{ "Root": "/data" }""", "*'Root'*")]
    public void What_cannot_be_read_is_named(string json, string message)
    {
        var binding = () => Bind(json);

        binding.Should().Throw<InvalidOperationException>().WithMessage(message);
    }

    [Fact]
    public void A_number_that_names_no_source_is_refused()
    {
        var binding = () => Bind("""{ "Roots": [ { "Path": "/data" } ], "Source": 42 }""");

        binding.Should().Throw<OptionsValidationException>().WithMessage("Source (42) is not a source: use Auto or FileSystemWatcher or Inotify or Fanotify or Polling.");
    }

    [Fact]
    public void What_is_out_of_range_is_reported_all_at_once()
    {
        var binding = () => Bind("""{ "Queue": { "Capacity": 0 }, "Sinks": { "Retries": -1 } }""");

        binding.Should().Throw<OptionsValidationException>().Which.Failures.Should().HaveCount(3);
    }

    private static FileMonitorOptions Bind(string json)
    {
        var services = new ServiceCollection();
        services.AddFileMonitor(Json(json));
        using var provider = services.BuildServiceProvider();
        return provider.GetRequiredService<IOptions<FileMonitorOptions>>().Value;
    }

    private static IConfiguration Json(string json) =>
        new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json.Replace("\"/", "\"" + Base, StringComparison.Ordinal)))).Build();

    private static IEnumerable<string> UnchangedIn(object options, object defaults, string prefix) =>
        options.GetType().GetProperties().SelectMany(property => (property.GetValue(options), property.GetValue(defaults)) switch
        {
            var (mine, other) when Equals(mine, other) => [prefix + property.Name],
            ({ } mine, { } other) when property.PropertyType.Namespace == nameof(FileMonitor) && property.PropertyType.IsClass =>
                UnchangedIn(mine, other, $"{prefix}{property.Name}."),
            _ => [],
        });
}
