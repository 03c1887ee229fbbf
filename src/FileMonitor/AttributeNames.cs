namespace FileMonitor;

/// <summary>The names of single attributes, as JSON and texts list them.</summary>
internal static class AttributeNames
{
    private static readonly ItemAttributes[] Single = [.. Enum.GetValues<ItemAttributes>().Where(static value => int.PopCount((int)value) == 1)];

    // Every event of a change has such a list, and few combinations occur. An entry is written by any thread; all write the same.
    private static readonly IReadOnlyList<string>?[] Known = new IReadOnlyList<string>?[2 * (int)Single[^1]];

    /// <summary>The names in the order of their values; null for none.</summary>
    public static IReadOnlyList<string>? Of(ItemAttributes attributes) =>
        attributes == ItemAttributes.None ? null : Known[(int)attributes] ??= [.. Single.Where(one => attributes.HasFlag(one)).Select(static one => one.ToString())];
}
