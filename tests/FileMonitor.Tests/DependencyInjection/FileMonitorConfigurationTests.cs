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
              "TextDiff": { "Include": [ "*.conf" ], "Ignore": [ "private/" ], "MaxFileBytes": 400, "MaxCharacters": 500, "MaxMemoryBytes": 90000 },
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
                TextDiff = new { MaxFileBytes = 400, MaxCharacters = 500, MaxMemoryBytes = 90_000L },
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
        options.TextDiff.Include.Should().Equal("*.conf");
        options.TextDiff.Ignore.Should().Contain("private/").And.Contain("*.pem", "what is configured is added to the default");
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
    [InlineData("""{ "Source": "Kqueue" }""", "Source (Kqueue) is none of Auto, FileSystemWatcher, Inotify, Fanotify, Polling.")]
    [InlineData("""{ "Source": "Inotfy" }""", "Source (Inotfy) is none of Auto, FileSystemWatcher, Inotify, Fanotify, Polling. Did you mean `Inotify`?")]
    [InlineData("""{ "Source": 2 }""", "Source (2) is none of Auto, FileSystemWatcher, Inotify, Fanotify, Polling.")]
    [InlineData("""{ "Source": "Inotify, Polling" }""", "Source (Inotify, Polling) is none of Auto, FileSystemWatcher, Inotify, Fanotify, Polling.")]
    [InlineData("""{ "Debounce": { "QuietPeriod": 250 } }""", "Debounce:QuietPeriod (250) is no duration: write it with its unit (ms, s, min, h or d), such as 250ms, or as 00:00:00.250.")]
    [InlineData("""{ "Debounce": { "QuietPeriod": "soon" } }""", "Debounce:QuietPeriod (soon) is no duration: write it with its unit (ms, s, min, h or d), such as 250ms, or as 00:00:00.250.")]
    [InlineData("""{ "Debounce": { "QuietPeriod": { "Value": 1 } } }""", "Debounce:QuietPeriod is a value, and there is something below it: write Debounce:QuietPeriod alone.")]
    [InlineData("""{ "Debounce": "250ms" }""", "Debounce (250ms) is a section and no value: there are QuietPeriod, MaxDelay, FinishedDelay, MaxHold, StabilityPeriod, DetectWriters below it.")]
    [InlineData("""{ "Debounce": { "QuitePeriod": "1s" } }""", "Debounce:QuitePeriod is no option. Did you mean `QuietPeriod`? There are QuietPeriod, MaxDelay, FinishedDelay, MaxHold, StabilityPeriod, DetectWriters.")]
    [InlineData("""{ "QuietPeriod": "1s" }""", "QuietPeriod is no option. Did you mean `Debounce:QuietPeriod`? There are Roots, *")]
    [InlineData("""{ "Root": "/data" }""", "Root is no option. Did you mean `Roots`? There are Roots, *")]
    [InlineData("""{ "Queue": { "Capacity": "many" } }""", "Queue:Capacity (many) is no whole number up to 2,147,483,647; write its digits alone, such as 4096.")]
    [InlineData("""{ "Queue": { "Capacity": 3000000000 } }""", "Queue:Capacity (3000000000) is no whole number up to 2,147,483,647; write its digits alone, such as 4096.")]
    [InlineData("""{ "Report": { "Baseline": "yes" } }""", "Report:Baseline (yes) is neither true nor false.")]
    [InlineData("""{ "Roots": [ { "Path": "/data", "Ingore": [ "*.tmp" ] } ] }""", "Roots:0:Ingore is no option. Did you mean `Ignore`? There are Path, *")]
    [InlineData("""{ "Roots": [ { "Path": "/data", "Ignore": "*.tmp" } ] }""", "Roots:0:Ignore (*.tmp) is a list: write Roots:0:Ignore:0 for its first entry, in JSON [ \"*.tmp\" ].")]
    [InlineData("""{ "Roots": [ { "Path": "/data", "Ignore": [ { "Name": "*.tmp" } ] } ] }""", "Roots:0:Ignore:0 is an entry of a list of texts, and there is something below it: write one text there.")]
    [InlineData("""{ "Roots": [ { "Path": "/data", "IgnorePresets": "VersionControl, Editors" } ] }""", "Roots:0:IgnorePresets (VersionControl, Editors) is none of None, EditorTemporaryFiles, VersionControl.")]
    [InlineData("""{ "Roots": [ { "Path": "/data", "IgnorePresets": "3" } ] }""", "Roots:0:IgnorePresets (3) is none of None, EditorTemporaryFiles, VersionControl.")]
    [InlineData("""{ "Roots": [ "/data" ] }""", "Roots:0 (*data) is a section and no value: write Roots:0:Path.")]
    [InlineData("""{ "Roots": { "Path": "/data" } }""", "Roots:Path (*data) is a section and no value: write Roots:0:Path.")]
    public void What_cannot_be_read_is_told_with_its_key_its_value_and_the_way_out(string json, string message)
    {
        // The one that is wrong in the section is the only one: a root that the section has is not replaced.
        var binding = () => Bind(json, json.Contains("Roots", StringComparison.Ordinal) ? null : Base + "data");

        binding.Should().Throw<OptionsValidationException>().Which.Failures.Should().ContainSingle().Which.Should().Match(message);
    }

    [Fact]
    public void All_mistakes_are_told_at_once_those_of_keys_and_values_and_those_of_ranges()
    {
        var binding = () => Bind("""{ "Ruts": [], "Debounce": { "QuietPeriod": "250" }, "Queue": { "Capacity": 0 }, "Sinks": { "Retries": "x" }, "Source": "None" }""");

        binding.Should().Throw<OptionsValidationException>().Which.Failures.Select(failure => failure.Split(' ')[0])
            .Should().Equal("Debounce:QuietPeriod", "Ruts", "Sinks:Retries", "Source", "Roots", "Queue.Capacity");
    }

    [Theory]
    [InlineData("\"250ms\"", 250)]
    [InlineData("\"1.5s\"", 1_500)]
    [InlineData("\"00:00:02\"", 2_000)]
    [InlineData("0", 0)]
    [InlineData("null", 250)]
    public void A_duration_has_a_unit_and_null_is_the_default(string json, int milliseconds) =>
        Bind("{ \"Roots\": [ { \"Path\": \"/data\" } ], \"Debounce\": { \"QuietPeriod\": " + json + " } }").Debounce.QuietPeriod.Should().Be(TimeSpan.FromMilliseconds(milliseconds));

    [Fact]
    public void What_is_out_of_range_is_reported_all_at_once()
    {
        var binding = () => Bind("""{ "Queue": { "Capacity": 0 }, "Sinks": { "Retries": -1 } }""");

        binding.Should().Throw<OptionsValidationException>().Which.Failures.Should().HaveCount(3);
    }

    private static FileMonitorOptions Bind(string json, string? root = null)
    {
        var services = new ServiceCollection();
        services.AddFileMonitor(Json(json));
        if (root is not null)
        {
            services.AddFileMonitor(options => options.AddRoot(root));
        }

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
