using System.Collections;
using System.Reflection;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests;

public sealed class FileMonitorOptionsTests
{
    private static readonly string Base = OperatingSystem.IsWindows() ? @"C:\" : "/";

    // True is good, false is refused: both sides of both ends of every range that the documentation states.
    public static TheoryData<string, object, bool> Ends => new()
    {
        { "Debounce.QuietPeriod", Ms(-1), false },
        { "Debounce.QuietPeriod", Ms(0), true },
        { "Debounce.QuietPeriod", Hours(1), true },
        { "Debounce.QuietPeriod", Hours(1) + Ms(1), false },
        { "Debounce.MaxHold", Ms(99), false },
        { "Debounce.MaxHold", Ms(100), true },
        { "Debounce.MaxHold", TimeSpan.FromDays(7), true },
        { "Debounce.MaxHold", TimeSpan.FromDays(7) + Ms(1), false },
        { "Debounce.StabilityPeriod", Ms(-1), false },
        { "Debounce.StabilityPeriod", Ms(0), true },
        { "Debounce.StabilityPeriod", Hours(1), true },
        { "Debounce.StabilityPeriod", Hours(1) + Ms(1), false },
        { "Debounce.MaxDelay", Ms(-1), false },
        { "Debounce.MaxDelay", Ms(250), true },
        { "Debounce.MaxDelay", Hours(1), true },
        { "Debounce.MaxDelay", Hours(1) + Ms(1), false },
        { "Debounce.FinishedDelay", Ms(-1), false },
        { "Debounce.FinishedDelay", Ms(0), true },
        { "Debounce.FinishedDelay", Hours(1), true },
        { "Debounce.FinishedDelay", Hours(1) + Ms(1), false },
        { "Checksum.MaxFileBytes", -1L, false },
        { "Checksum.MaxFileBytes", 0L, true },
        { "Checksum.Concurrency", 0, false },
        { "Checksum.Concurrency", 1, true },
        { "Checksum.Concurrency", 64, true },
        { "Checksum.Concurrency", 65, false },
        { "Checksum.BytesPerSecond", -1L, false },
        { "Checksum.BytesPerSecond", 0L, true },
        { "Checksum.BytesPerSecond", 4_095L, false },
        { "Checksum.BytesPerSecond", 4_096L, true },
        { "Checksum.Attempts", 0, false },
        { "Checksum.Attempts", 1, true },
        { "Checksum.Attempts", 20, true },
        { "Checksum.Attempts", 21, false },
        { "Checksum.ReadTimeout", Ms(-1), false },
        { "Checksum.ReadTimeout", Ms(0), true },
        { "Checksum.ReadTimeout", Ms(99), false },
        { "Checksum.ReadTimeout", Ms(100), true },
        { "Checksum.ReadTimeout", Hours(7 * 24), true },
        { "Checksum.ReadTimeout", Hours(7 * 24) + Ms(1), false },
        { "TextDiff.MaxFileBytes", 0, false },
        { "TextDiff.MaxFileBytes", 1, true },
        { "TextDiff.MaxFileBytes", 262_143, true },
        { "TextDiff.MaxFileBytes", 262_144, false },
        { "TextDiff.MaxCharacters", 99, false },
        { "TextDiff.MaxCharacters", 100, true },
        { "TextDiff.MaxCharacters", 100_000, true },
        { "TextDiff.MaxCharacters", 100_001, false },
        { "TextDiff.MaxMemoryBytes", 65_535L, false },
        { "TextDiff.MaxMemoryBytes", 65_536L, true },
        { "TextDiff.MaxMemoryBytes", 10_737_418_240L, true },
        { "TextDiff.MaxMemoryBytes", 10_737_418_241L, false },
        { "FlushTimeout", Ms(99), false },
        { "FlushTimeout", Ms(100), true },
        { "FlushTimeout", Hours(24), true },
        { "FlushTimeout", Hours(24) + Ms(1), false },
        { "VerifyTimeout", Ms(99), false },
        { "VerifyTimeout", Ms(100), true },
        { "VerifyTimeout", Hours(7 * 24), true },
        { "VerifyTimeout", Hours(7 * 24) + Ms(1), false },
        { "Queue.Capacity", 0, false },
        { "Queue.Capacity", 1, true },
        { "Queue.Capacity", 10_000_000, true },
        { "Queue.Capacity", 10_000_001, false },
        { "Queue.MaxPendingPaths", 0, false },
        { "Queue.MaxPendingPaths", 1, true },
        { "Queue.MaxPendingPaths", 10_000_000, true },
        { "Queue.MaxPendingPaths", 10_000_001, false },
        { "Readers.BufferCapacity", 0, false },
        { "Readers.BufferCapacity", 1, true },
        { "Readers.BufferCapacity", 10_000_000, true },
        { "Readers.BufferCapacity", 10_000_001, false },
        { "Readers.Patience", Ms(-1), false },
        { "Readers.Patience", Ms(0), true },
        { "Readers.Patience", Hours(1), true },
        { "Readers.Patience", Hours(1) + Ms(1), false },
        { "Sinks.MaxBatch", 0, false },
        { "Sinks.MaxBatch", 1, true },
        { "Sinks.MaxBatch", 100_000, true },
        { "Sinks.MaxBatch", 100_001, false },
        { "Sinks.WriteTimeout", Ms(0), false },
        { "Sinks.WriteTimeout", Ms(1), true },
        { "Sinks.WriteTimeout", Hours(1), true },
        { "Sinks.WriteTimeout", Hours(1) + Ms(1), false },
        { "Sinks.Retries", -1, false },
        { "Sinks.Retries", 0, true },
        { "Sinks.Retries", 100, true },
        { "Sinks.Retries", 101, false },
        { "Sinks.BufferCapacity", 0, false },
        { "Sinks.BufferCapacity", 1, true },
        { "Sinks.BufferCapacity", 10_000_000, true },
        { "Sinks.BufferCapacity", 10_000_001, false },
        { "Sinks.BreakDuration", Ms(499), false },
        { "Sinks.BreakDuration", Ms(500), true },
        { "Sinks.BreakDuration", Hours(24), true },
        { "Sinks.BreakDuration", Hours(24) + Ms(1), false },
        { "Recovery.ReconcileInterval", Ms(-1), false },
        { "Recovery.ReconcileInterval", Ms(0), true },
        { "Recovery.ReconcileInterval", Ms(999), false },
        { "Recovery.ReconcileInterval", Ms(1_000), true },
        { "Recovery.ReconcileInterval", Hours(168), true },
        { "Recovery.ReconcileInterval", Hours(168) + Ms(1), false },
        { "Recovery.EntriesPerSecond", -1, false },
        { "Recovery.EntriesPerSecond", 0, true },
        { "Recovery.EntriesPerSecond", 999, false },
        { "Recovery.EntriesPerSecond", 1_000, true },
        { "Recovery.EntriesPerSecond", 10_000_000, true },
        { "Recovery.EntriesPerSecond", 10_000_001, false },
        { "Recovery.RootCheckInterval", Ms(49), false },
        { "Recovery.RootCheckInterval", Ms(50), true },
        { "Recovery.RootCheckInterval", Hours(1), true },
        { "Recovery.RootCheckInterval", Hours(1) + Ms(1), false },
        { "Polling.Interval", Ms(49), false },
        { "Polling.Interval", Ms(50), true },
        { "Polling.Interval", Hours(1), true },
        { "Polling.Interval", Hours(1) + Ms(1), false },
        { "MaxEventsPerSecond", -1, false },
        { "MaxEventsPerSecond", 0, true },
        { "MaxEventsPerSecond", 10_000_000, true },
        { "MaxEventsPerSecond", 10_000_001, false },
        { "ShutdownTimeout", Ms(-1), false },
        { "ShutdownTimeout", Ms(0), true },
        { "ShutdownTimeout", Hours(1), true },
        { "ShutdownTimeout", Hours(1) + Ms(1), false },
        { "Source", (ChangeSourceKind)99, false },
        { "Source", ChangeSourceKind.FileSystemWatcher, true },
    };

    [Theory]
    [MemberData(nameof(Ends))]
    public void Every_range_is_checked_at_both_ends(string property, object value, bool good)
    {
        var options = GoodOptions();
        if (property == "Debounce.QuietPeriod")
        {
            options.Debounce.MaxDelay = Hours(1);
        }

        Set(options, property, value);

        var errors = options.GetErrors().Where(error => !error.Contains("is shorter than", StringComparison.Ordinal));
        if (good)
        {
            errors.Should().BeEmpty();
        }
        else
        {
            errors.Should().ContainSingle().Which.Should().StartWith(property + " (").And.Contain("use ").And.EndWith(".");
            options.GetErrors(name => $"<{name}>").Should().OnlyContain(error => error.StartsWith('<')).And.Contain(error => error.StartsWith($"<{property}> ("));
        }
    }

    [Fact]
    public void Every_name_in_an_error_is_the_one_that_the_host_gives_it()
    {
        var options = new FileMonitorOptions { RequireSource = true };
        options.AddRoot("/data", root => root.Include.Add("[")).AddRoot("/data/in", root => root.Ignore.Add("[")).AddRoot("");
        options.Debounce.MaxDelay = TimeSpan.Zero;

        var errors = string.Join('\n', options.GetErrors(name => name.ToUpperInvariant().Replace('.', '/')));

        errors.Should().NotContainAny("Roots", "Debounce", "Source ", "Require").And.ContainAll(
            "ROOTS[0]/INCLUDE[0] is not", "ROOTS[1]/IGNORE[0] is not", "ROOTS[2]/PATH is empty", "ROOTS[1]/PATH (\"/data/in\") is inside ROOTS[0]/PATH (", "set SOURCE to",
            "DEBOUNCE/MAXDELAY (00:00:00) is shorter than DEBOUNCE/QUIETPERIOD (");
    }

    [Fact]
    public void Every_number_and_duration_has_its_ends_in_the_table()
    {
        var settable = Leaves(typeof(FileMonitorOptions), "").Where(leaf => leaf.Type != typeof(bool) && leaf.Type != typeof(ItemAttributes)).Select(leaf => leaf.Path);

        settable.Should().BeSubsetOf(Ends.Select(row => row.Data.Item1));
    }

    [Theory]
    [InlineData(ItemAttributes.AllMetadata, true)]
    [InlineData(ItemAttributes.None, true)]
    [InlineData(ItemAttributes.Mode | ItemAttributes.Content, false)]
    [InlineData(ItemAttributes.Size, false)]
    [InlineData((ItemAttributes)(1 << 20), false)]
    public void Only_metadata_have_an_event_of_their_own(ItemAttributes attributes, bool isRight)
    {
        var options = GoodOptions();
        options.Report.AttributeChanges = attributes;
        options.Roots[0].Report.AttributeChanges = attributes;

        options.GetErrors().Count(error => error.Contains("is not metadata: use any of Mode, Owner, ", StringComparison.Ordinal)).Should().Be(isRight ? 0 : 2);
    }

    [Fact]
    public void The_defaults_need_nothing_but_a_root()
    {
        GoodOptions().GetErrors().Should().BeEmpty();
        new FileMonitorOptions().GetErrors().Should().Equal("Roots is empty: add at least one directory or file to watch.");
    }

    [Fact]
    public void A_time_to_report_that_does_not_exist_is_refused() =>
        new FileMonitorOptions().AddRoot(Base + "data", root => root.ReportWhen = (ReportWhen)7).GetErrors()
            .Should().Equal("Roots[0].ReportWhen (7) is not a time to report: use Quiet or Closed.");

    [Theory]
    [InlineData(100, 250, "Debounce.MaxDelay (00:00:00.1) is shorter than Debounce.QuietPeriod (00:00:00.25): lengthen the first or shorten the second.")]
    [InlineData(10_000, 60_000, "Debounce.MaxDelay (00:00:10) is shorter than Debounce.QuietPeriod (00:01:00): lengthen the first or shorten the second.")]
    public void The_maximum_delay_is_no_shorter_than_the_quiet_period(int maxDelay, int quietPeriod, string error)
    {
        var options = GoodOptions();
        options.Debounce.MaxDelay = Ms(maxDelay);
        options.Debounce.QuietPeriod = Ms(quietPeriod);

        options.GetErrors().Should().Equal(error);
    }

    [Fact]
    public void An_error_names_the_property_the_value_and_the_way_out()
    {
        var options = GoodOptions();
        options.Queue.Capacity = 20_000_000;
        options.Sinks.BreakDuration = TimeSpan.FromDays(2);

        options.GetErrors().Should().Equal(
            "Queue.Capacity (20,000,000) is out of range: use 1 to 10,000,000.",
            "Sinks.BreakDuration (2.00:00:00) is out of range: use 00:00:00.5 to 1.00:00:00.");
    }

    [Fact]
    public void All_errors_are_reported_at_once()
    {
        var options = new FileMonitorOptions().AddRoot("").AddRoot("relative", root => root.Ignore.Add("[a"));
        options.Queue.Capacity = 0;
        options.Checksum.Attempts = 0;
        options.ShutdownTimeout = Ms(-1);

        options.GetErrors().Should().HaveCount(6);
    }

    [Theory]
    [InlineData(null, "Roots[0].Path is empty*")]
    [InlineData("", "Roots[0].Path is empty*")]
    [InlineData(" ", "Roots[0].Path (\" \") is not absolute*")]
    [InlineData("data", "Roots[0].Path (\"data\") is not absolute*")]
    [InlineData("../data", "*is not absolute*")]
    [InlineData("~/data", "*is not absolute*")]
    [InlineData("/data\0", "Roots[0].Path (\"/data\\0\") contains a NUL*")]
    public void A_root_is_an_absolute_path(string? path, string error) =>
        new FileMonitorOptions().AddRoot(path!).GetErrors().Should().ContainSingle().Which.Should().Match(error);

    [Fact]
    public void A_root_longer_than_any_system_takes_is_refused() =>
        new FileMonitorOptions().AddRoot(Base.PadRight(32_768, 'a')).GetErrors().Should().Equal(
            "Roots[0].Path is 32,768 characters long: no system takes more than 32,767.");

    [Theory]
    [InlineData("data", "data", "Roots[1].Path (*) is the same directory as Roots[0].Path (*): remove one of them.")]
    [InlineData("data", "data/", "*is the same directory as*")]
    [InlineData("data", "other/../data", "*is the same directory as*")]
    [InlineData("data", "data/in", "Roots[1].Path (*) is inside Roots[0].Path (*): remove one of them.")]
    [InlineData("data/in", "data", "*contains*")]
    [InlineData("", "data", "*is inside*")]
    [InlineData("data", "data2", null)]
    [InlineData("data/a", "data/b", null)]
    public void No_root_is_equal_to_or_inside_another(string first, string second, string? error)
    {
        var errors = new FileMonitorOptions().AddRoot(Base + first).AddRoot(Base + second).GetErrors();

        if (error is null)
        {
            errors.Should().BeEmpty();
        }
        else
        {
            errors.Should().ContainSingle().Which.Should().Match(error);
        }
    }

    [Theory]
    [InlineData("file", "Roots[1].Path (*) is the same file as Roots[0].Path (*): remove one of them.")]
    [InlineData("directory", "Roots[1].Path (*) is inside Roots[0].Path (*): remove one of them.")]
    [InlineData("same", "Roots[1].Path (*) is the same directory as Roots[0].Path (*): remove one of them.")]
    [InlineData("sibling", null)]
    [InlineData("directory below", null)]
    public void A_file_is_in_no_directory_that_is_a_root(string first, string? error)
    {
        var options = first switch
        {
            "file" => new FileMonitorOptions().AddFile(Base + "data/file"),
            "directory" => new FileMonitorOptions().AddRoot(Base + "data"),
            "same" => new FileMonitorOptions().AddRoot(Base + "data/file"),
            "sibling" => new FileMonitorOptions().AddFile(Base + "data/file2"),
            _ => new FileMonitorOptions().AddRoot(Base + "data/file.d"),
        };

        var errors = options.AddFile(Base + "data/file").GetErrors();

        if (error is null)
        {
            errors.Should().BeEmpty();
        }
        else
        {
            errors.Should().ContainSingle().Which.Should().Match(error);
        }
    }

    [Theory]
    [InlineData("", "Roots[0].Path is empty: name the directory or file to watch.")]
    [InlineData("data", "*is not absolute*")]
    [InlineData("/data/", "Roots[0].Path (\"/data/\") names a directory, and a file was asked for: add it with AddRoot, or name the file.")]
    [InlineData("/data/..", "*names a directory*")]
    [InlineData("/", "*names a directory*")]
    public void A_file_is_named_by_an_absolute_path(string path, string error)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The paths are those of Unix.");

        new FileMonitorOptions().AddFile(path).GetErrors().Should().ContainSingle().Which.Should().Match(error);
    }

    [Fact]
    public void A_file_has_no_patterns() =>
        new FileMonitorOptions().AddFile(Base + "data", root => root.Ignore.Add("*.tmp")).GetErrors().Should().Equal(
            "Roots[0] is a file and has patterns, which select among the files of a directory: remove them.");

    [Fact]
    public void Roots_are_compared_as_the_system_compares_names()
    {
        var errors = new FileMonitorOptions().AddRoot(Base + "data").AddRoot(Base + "DATA").GetErrors();

        errors.Should().HaveCount(OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? 1 : 0);
    }

    [Fact]
    public void A_root_that_is_no_good_itself_is_not_compared() =>
        new FileMonitorOptions().AddRoot("data").AddRoot("data").GetErrors().Should().HaveCount(2);

    [Fact]
    public void A_root_that_does_not_exist_is_no_error_of_the_options() =>
        new FileMonitorOptions().AddRoot(Base + "no/such/directory").GetErrors().Should().BeEmpty();

    [Fact]
    public void Every_bad_pattern_is_named()
    {
        var options = new FileMonitorOptions().AddRoot(Base + "data", root =>
        {
            root.Include.Add("*.cs");
            root.Include.Add("");
            root.Ignore.Add("src/[a");
        });

        options.GetErrors().Should().Equal(
            "Roots[0].Include[1] is not a pattern. An empty pattern matches nothing: remove it.",
            "Roots[0].Ignore[0] is not a pattern. \"src/[a\" has a [ without its ]: write [[] for the character itself.");
    }

    [Fact]
    public void Null_entries_are_errors_not_crashes()
    {
        var options = GoodOptions();
        options.Roots.Add(null!);
        options.AddRoot(Base + "b", root => root.Include.Add(null!));

        options.GetErrors().Should().HaveCount(2).And.Contain("Roots[1] is null: remove it.");
        options.Copy().GetErrors().Should().HaveCount(2);
    }

    [Fact]
    public void A_copy_has_every_value_and_shares_nothing()
    {
        var options = new FileMonitorOptions();
        Fill(options);
        options.AddRoot(Base + "a", root => Fill(root));

        AssertCopied(options, options.Copy(), nameof(FileMonitorOptions));
    }

    private static FileMonitorOptions GoodOptions() => new FileMonitorOptions().AddRoot(Base + "data");

    private static TimeSpan Ms(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    private static TimeSpan Hours(int hours) => TimeSpan.FromHours(hours);

    private static void Set(object options, string property, object value)
    {
        var names = property.Split('.');
        foreach (var group in names[..^1])
        {
            options = options.GetType().GetProperty(group)!.GetValue(options)!;
        }

        options.GetType().GetProperty(names[^1])!.SetValue(options, value);
    }

    private static IEnumerable<(string Path, Type Type)> Leaves(Type type, string prefix) =>
        type.GetProperties().Where(property => !IsList(property)).SelectMany(property => IsGroup(property)
            ? Leaves(property.PropertyType, $"{prefix}{property.Name}.")
            : [(prefix + property.Name, property.PropertyType)]);

    private static bool IsList(PropertyInfo property) => property.PropertyType.IsGenericType && typeof(IEnumerable).IsAssignableFrom(property.PropertyType);

    private static bool IsGroup(PropertyInfo property) => property.PropertyType.IsClass && property.PropertyType != typeof(string);

    // Gives every property, also one added later, a value that is not its default.
    private static void Fill(object options)
    {
        foreach (var property in options.GetType().GetProperties())
        {
            var value = property.GetValue(options);
            if (value is IList<string> texts)
            {
                texts.Add("*." + property.Name);
            }
            else if (IsGroup(property))
            {
                Fill(value!);
            }
            else if (!IsList(property))
            {
                property.SetValue(options, Other(property.PropertyType, value));
            }
        }
    }

    private static object Other(Type type, object? value) => value switch
    {
        bool yes => !yes,
        int number => number + 1,
        long number => number + 1,
        TimeSpan time => time + Ms(1),
        string text => text + "x",
        Enum => Enum.ToObject(type, Convert.ToInt32(value, null) + 1),
        null when Nullable.GetUnderlyingType(type) is { } value1 => Other(value1, Activator.CreateInstance(value1)),
        _ => throw new NotSupportedException($"Say here what another {type} is."),
    };

    private static void AssertCopied(object original, object copy, string path)
    {
        copy.Should().NotBeSameAs(original, path);
        foreach (var property in original.GetType().GetProperties())
        {
            var (mine, its) = (property.GetValue(original), property.GetValue(copy));
            var name = $"{path}.{property.Name}";
            if (IsList(property))
            {
                its.Should().NotBeSameAs(mine, name);
                var (myItems, itsItems) = (((IEnumerable)mine!).Cast<object>().ToList(), ((IEnumerable)its!).Cast<object>().ToList());
                itsItems.Should().HaveSameCount(myItems, name).And.NotBeEmpty(name);
                foreach (var (myItem, itsItem) in myItems.Zip(itsItems).Where(pair => pair.First is not string))
                {
                    AssertCopied(myItem, itsItem, name);
                }
            }
            else if (IsGroup(property))
            {
                AssertCopied(mine!, its!, name);
            }
            else
            {
                its.Should().Be(mine, name);
            }
        }
    }
}
