using System.Text.Json;
using System.Text.Json.Serialization;
using FileMonitor.Durable.Journal;
using FileMonitor.Extending;
using FileMonitor.Values;

namespace FileMonitor.Durable.State;

/// <summary>A record of the journal about the monitor itself. docs/durable.md lists them.</summary>
internal sealed record StateRecord
{
    public const string Started = "Started";
    public const string Stopped = "Stopped";
    public const string Recovered = "Recovered";
    public const string ConfigurationChanged = "ConfigurationChanged";

    /// <summary>The kind of the record.</summary>
    public required string Kind { get; init; }

    /// <summary>The time of writing.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The name of the monitor.</summary>
    public string? Monitor { get; init; }

    /// <summary>The sequence number of the last event before the record.</summary>
    public long? LastSequence { get; init; }

    /// <summary>For <see cref="Started"/>: the version of the library.</summary>
    public string? Version { get; init; }

    /// <summary>For <see cref="Started"/>: the process id.</summary>
    public int? ProcessId { get; init; }

    /// <summary>For <see cref="Recovered"/>: what the start found and repaired.</summary>
    public string? Detail { get; init; }

    /// <summary>For <see cref="Recovered"/>: the first record that no checkpoint covered when the process before ended, and that is signed only since then; null when there was none.</summary>
    public long? FirstUnsigned { get; init; }

    /// <summary>For <see cref="Recovered"/>: the last of these.</summary>
    public long? LastUnsigned { get; init; }

    /// <summary>For <see cref="Started"/> and <see cref="ConfigurationChanged"/>: the roots with their patterns.</summary>
    public StoredConfiguration? Configuration { get; init; }

    /// <summary>For <see cref="ConfigurationChanged"/>: the roots of the run before.</summary>
    public StoredConfiguration? Before { get; init; }

    /// <summary>With the records that are signed only from now on.</summary>
    public StateRecord Signing(JournalRecovery recovery) => recovery.RewrittenRecords == 0 ? this : this with { FirstUnsigned = recovery.FirstUnsigned, LastUnsigned = recovery.RecordCount - 1 };

    public byte[] ToLine() => JsonSerializer.SerializeToUtf8Bytes(this, StateJson.Default.StateRecord);
}

/// <summary>The options that decide which items are in the tree.</summary>
internal sealed record StoredConfiguration
{
    /// <summary>A host with a directory for each job removes more and more roots, and all that are kept are in each record of a configuration.</summary>
    public const int MostKept = 256;

    public required IReadOnlyList<StoredRoot> Roots { get; init; }

    public static StoredConfiguration Of(FileMonitorOptions options) => new()
    {
        Roots = [.. options.Roots.Select(root => StoredRoot.Of(root, options.Report.AttributeChanges))],
    };

    /// <summary>
    /// Roots that were watched and are not at the moment. Their baselines are kept, so that what changed meanwhile is told when they are watched again. Null when there are none.
    /// </summary>
    public IReadOnlyList<StoredRoot>? Kept { get; init; }

    public static StoredConfiguration? Parse(string? json) => json is null ? null : JsonSerializer.Deserialize(json, StateJson.Default.StoredConfiguration);

    public string ToJson() => JsonSerializer.Serialize(this, StateJson.Default.StoredConfiguration);

    /// <summary>A root that is watched.</summary>
    public StoredRoot? Find(string path) => Roots.FirstOrDefault(root => root.FullPath == path);

    /// <summary>A root that is watched, or whose baseline is kept.</summary>
    public StoredRoot? FindAny(string path) => Find(path) ?? Kept?.FirstOrDefault(root => root.FullPath == path);

    /// <summary>The configuration of a new run, with the roots of the runs before that it does not have.</summary>
    /// <param name="before">The last configuration of the run before; null for none.</param>
    /// <param name="until">Until when that run watched its roots at least; null when that is not known.</param>
    /// <param name="since">A root that was not watched since then is forgotten.</param>
    public StoredConfiguration Keeping(StoredConfiguration? before, DateTimeOffset? until, DateTimeOffset since) => With(
        Roots,
        (before?.Roots ?? []).Select(root => root with { WatchedUntil = until }).Concat((before?.Kept ?? []).Where(root => root.FollowedFrom is not null || root.WatchedUntil is not { } at || at >= since)));

    /// <summary>With a root that was added.</summary>
    public StoredConfiguration Adding(StoredRoot root) => With([.. Roots, root with { IsAdded = true }], Kept ?? []);

    /// <summary>Without a root that was removed.</summary>
    /// <param name="path">The root.</param>
    /// <param name="until">Until when it was watched, when its baseline is kept; null when it is forgotten.</param>
    public StoredConfiguration Removing(string path, DateTimeOffset? until) =>
        With([.. Roots.Where(root => root.FullPath != path)], Roots.Where(root => until is not null && root.FullPath == path).Select(root => root with { WatchedUntil = until }).Concat(Kept ?? []));

    /// <summary>Without the followed directories that are not watched, unless their links may lead there again.</summary>
    public StoredConfiguration Forgetting(Func<string, bool> mayLead)
    {
        List<StoredRoot> open = [.. (Kept ?? []).Where(static root => root.FollowedFrom is not null)];
        List<StoredRoot> stay = [.. (Kept ?? []).Except(open)];

        // A link may be in a directory that is not watched at the moment either.
        while (open.FirstOrDefault(root => mayLead(root.FollowedFrom!) || stay.Exists(other => root.FollowedFrom!.StartsWith(other.FullPath + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal))) is { } next)
        {
            open.Remove(next);
            stay.Add(next);
        }

        return With(Roots, stay);
    }

    private static StoredConfiguration With(IReadOnlyList<StoredRoot> roots, IEnumerable<StoredRoot> kept)
    {
        // Those that were not watched for longest go when there are too many. Followed directories go with their links.
        List<StoredRoot> left = [.. kept.Where(one => roots.All(root => root.FullPath != one.FullPath)).DistinctBy(static root => root.FullPath)];
        foreach (var tooMany in left.Where(static root => root.FollowedFrom is null).OrderByDescending(static root => root.WatchedUntil).Skip(MostKept).ToList())
        {
            left.Remove(tooMany);
        }

        return new StoredConfiguration { Roots = roots, Kept = left.Count == 0 ? null : left };
    }
}

/// <summary>One root in <see cref="StoredConfiguration"/>.</summary>
internal sealed record StoredRoot
{
    /// <summary>What a person reads. Where the path is not UTF-8, JSON has something else for its bytes: see <see cref="FullPath"/>.</summary>
    public required string Path { get; init; }

    /// <summary>The bytes of a path that is not UTF-8, in base64; null for all others.</summary>
    public string? PathBytes { get; init; }

    /// <summary>The path, also when it is not UTF-8.</summary>
    [JsonIgnore]
    public string FullPath => PathBytes is null ? Path : PathText.Decode(Convert.FromBase64String(PathBytes));

    /// <summary>True for a root of one file; otherwise null, and left out.</summary>
    public bool? IsFile { get; init; }

    public required bool Recursive { get; init; }

    /// <summary>How many levels are covered; null for all.</summary>
    public int? MaxDepth { get; init; }

    /// <summary>True where access control lists, capabilities and other extended attributes were read: without it they are not known. Otherwise null, and left out.</summary>
    public bool? ExtendedAttributes { get; init; }

    /// <summary>True for a root that was added while the monitor ran; otherwise null, and left out.</summary>
    public bool? IsAdded { get; init; }

    /// <summary>Until when a root in <see cref="StoredConfiguration.Kept"/> was watched at least; null for one that is watched, and when it is not known.</summary>
    public DateTimeOffset? WatchedUntil { get; init; }

    /// <summary>The link through which a directory was watched; null for a root of the host, and left out.</summary>
    public string? FollowedFrom { get; init; }

    public required IReadOnlyList<string> Include { get; init; }

    public required IReadOnlyList<string> Ignore { get; init; }

    /// <param name="root">The root.</param>
    /// <param name="attributes">Of which attributes the monitor reports changes, where the root does not say.</param>
    public static StoredRoot Of(RootOptions root, ItemAttributes attributes)
    {
        var path = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(root.Path));
        return new StoredRoot
        {
            Path = path,
            PathBytes = PathText.BytesIfNotUtf8(path),
            IsFile = root.IsFile ? true : null,
            FollowedFrom = root.FollowedFrom,
            Recursive = root.Recursive,
            MaxDepth = root.MaxDepth,
            ExtendedAttributes = RootSettings.ReadExtendedAttributes(root.Report.AttributeChanges ?? attributes) ? true : null,
            Include = [.. root.Include],
            Ignore = [.. root.AllIgnored],
        };
    }

    public bool IsSame(StoredRoot other) =>
        FullPath == other.FullPath && IsFile == other.IsFile && Recursive == other.Recursive && MaxDepth == other.MaxDepth && Include.SequenceEqual(other.Include) && Ignore.SequenceEqual(other.Ignore);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StateRecord))]
[JsonSerializable(typeof(StoredConfiguration))]
internal sealed partial class StateJson : JsonSerializerContext;
