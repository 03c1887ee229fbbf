using System.Reflection;
using FileMonitor.Extending;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests;

/// <summary>What a root's own options say is how it is watched; where they say nothing, the monitor's.</summary>
public sealed class RootSettingsTests
{
    public static TheoryData<string> Overrides { get; } =
    [
        .. new[] { nameof(RootOptions.Debounce), nameof(RootOptions.Checksum), nameof(RootOptions.Report) }.SelectMany(group =>
            typeof(RootOptions).GetProperty(group)!.PropertyType.GetProperties().Select(property => $"{group}.{property.Name}")),
        nameof(RootOptions.Source),
        nameof(RootOptions.MaxDepth),
    ];

    [Theory]
    [MemberData(nameof(Overrides))]
    public void Each_option_of_a_root_wins_over_that_of_the_monitor(string option)
    {
        var root = new RootOptions();
        var before = RootSettings.Of(new FileMonitorOptions(), root);
        var (owner, property) = Find(root, option);
        object other = (Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType) switch
        {
            var type when type == typeof(bool) => !(bool)MonitorValue(option)!,
            var type when type == typeof(TimeSpan) => TimeSpan.FromSeconds(7.5),
            var type when type == typeof(long) => 7L,
            var type when type == typeof(int) => 7,
            var type when type == typeof(ItemAttributes) => ItemAttributes.Mode,
            _ => ChangeSourceKind.Polling,
        };

        property.SetValue(owner, other);

        RootSettings.Of(new FileMonitorOptions(), root).Should().NotBe(before, "{0} has an effect", option);
        root.Copy().Should().BeEquivalentTo(root);
    }

    [Fact]
    public void What_a_root_does_not_say_is_as_for_the_monitor()
    {
        var monitor = new FileMonitorOptions { Source = ChangeSourceKind.Polling };
        monitor.Debounce.QuietPeriod = monitor.Debounce.FinishedDelay = TimeSpan.FromSeconds(3);
        monitor.Checksum.Enabled = false;
        monitor.Report.Transients = true;

        RootSettings.Of(monitor, new RootOptions()).Should().BeEquivalentTo(new
        {
            Source = ChangeSourceKind.Polling,
            QuietPeriod = TimeSpan.FromSeconds(3),
            FinishedDelay = TimeSpan.FromSeconds(3),
            Checksums = false,
            HashesBaseline = false,
            ReportTransients = true,
            MaxDepth = int.MaxValue,
        });
    }

    [Fact]
    public void The_content_of_a_file_is_known_whatever_else_is_said()
    {
        var root = new RootOptions { IsFile = true };
        root.Checksum.Baseline = false;

        RootSettings.Of(new FileMonitorOptions(), root).HashesBaseline.Should().BeTrue("only another content is a change");
    }

    [Theory]
    [InlineData("MaxDepth", 0, "Roots[0].MaxDepth (0) is out of range: use 1 to 10,000.")]
    [InlineData("Source", 99, "Roots[0].Source (99) is not a source: use Auto or FileSystemWatcher or Inotify or Fanotify or Polling.")]
    [InlineData("IgnorePresets", 8, "Roots[0].IgnorePresets (8) is not a preset: use None or EditorTemporaryFiles or VersionControl.")]
    [InlineData("Checksum.MaxFileBytes", -1L, "Roots[0].Checksum.MaxFileBytes (-1) is negative: use null for no limit, otherwise 0 or more.")]
    public void What_a_root_cannot_be_is_refused(string option, object value, string error)
    {
        var options = new FileMonitorOptions().AddRoot(OperatingSystem.IsWindows() ? @"C:\data" : "/data");
        var (owner, property) = Find(options.Roots[0], option);
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;

        property.SetValue(owner, type.IsEnum ? Enum.ToObject(type, value) : value);

        options.GetErrors().Should().Equal(error);
    }

    [Fact]
    public void The_delays_of_a_root_are_checked_together_with_those_of_the_monitor()
    {
        var options = new FileMonitorOptions().AddRoot(OperatingSystem.IsWindows() ? @"C:\data" : "/data", root =>
        {
            root.Debounce.QuietPeriod = TimeSpan.FromMinutes(1);
            (root.Recursive, root.MaxDepth) = (false, 3);
        });

        options.GetErrors().Should().Equal(
            "Roots[0].MaxDepth (3) has no effect, because Roots[0].Recursive is False: remove one of them.",
            "Roots[0].Debounce.MaxDelay (00:00:05) is shorter than Roots[0].Debounce.QuietPeriod (00:01:00): lengthen the first or shorten the second.");
    }

    [Fact]
    public void The_source_of_a_root_may_be_required()
    {
        var options = new FileMonitorOptions { RequireSource = true }.AddRoot(OperatingSystem.IsWindows() ? @"C:\data" : "/data", root => root.Source = ChangeSourceKind.Inotify);

        options.GetErrors().Should().BeEmpty();
    }

    private static object? MonitorValue(string option)
    {
        object options = new FileMonitorOptions();
        foreach (var name in option.Split('.'))
        {
            options = options.GetType().GetProperty(name)!.GetValue(options)!;
        }

        return options;
    }

    private static (object Owner, PropertyInfo Property) Find(object owner, string option)
    {
        var names = option.Split('.');
        foreach (var group in names[..^1])
        {
            owner = owner.GetType().GetProperty(group)!.GetValue(owner)!;
        }

        return (owner, owner.GetType().GetProperty(names[^1])!);
    }
}
