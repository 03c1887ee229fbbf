using System.Text.Json.Serialization;
using FileMonitor.Values;

namespace FileMonitor;

/// <summary>
/// The attributes of an item beyond mode, owner and times, as they were at one moment. Names and values that the file system keeps are printable ASCII here: any
/// other byte, and the backslash, is <c>\xHH</c>. Immutable.
/// </summary>
public sealed class ExtendedAttributes : IEquatable<ExtendedAttributes>
{
    private readonly string _text;

    /// <summary>Attributes as the file system has them.</summary>
    /// <param name="attributes">Names and raw values; null for a value that may not be read.</param>
    /// <exception cref="ArgumentNullException"><paramref name="attributes"/> is null.</exception>
    public ExtendedAttributes(IReadOnlyDictionary<string, byte[]?> attributes)
    {
        ArgumentNullException.ThrowIfNull(attributes);
        _text = AttributeText.Of(attributes);
    }

    /// <param name="text">As <see cref="AttributeText"/> makes it.</param>
    internal ExtendedAttributes(string text) => _text = text;

    /// <summary>
    /// The access control list; null when there is none beyond the mode. Linux: the POSIX list with numeric ids, as in
    /// <c>user::rw-,user:1000:rwx,group::r--,mask::rwx,other::r--</c>. Windows: owner, group and list as SDDL.
    /// </summary>
    public string? AccessControlList => Find(AttributeText.AccessList) ?? Find(AttributeText.SecurityDescriptor);

    /// <summary>The POSIX list that new items of a directory get (Linux), in the form of <see cref="AccessControlList"/>; null when there is none.</summary>
    public string? DefaultAccessControlList => Find(AttributeText.DefaultList);

    /// <summary>The capabilities of a program (Linux), as in <c>cap_net_bind_service=ep</c>; null when there are none.</summary>
    public string? Capabilities => Find(AttributeText.FileCapabilities);

    /// <summary>The label of SELinux, or else of SMACK; null when there is none.</summary>
    public string? SecurityLabel => Find(AttributeText.SelinuxLabel) ?? Find(AttributeText.SmackLabel);

    /// <summary>
    /// All others: the name, and the SHA-256 of the value in lower-case hexadecimal; null where the value may not be read. When they are many, one entry with the
    /// name <c>*</c> stands for all, with a SHA-256 over names and values. Empty when there are none.
    /// </summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, string?> Others =>
        AttributeText.Split(_text).Where(static one => !AttributeText.IsNamed(one.Name)).ToDictionary(static one => one.Name, static one => one.Value.Length == 0 ? null : one.Value);

    [JsonInclude]
    [JsonPropertyName("others")]
    internal IReadOnlyDictionary<string, string?>? OthersAsJson => Others is { Count: > 0 } others ? others : null;

    [JsonIgnore]
    internal string Text => _text;

    /// <inheritdoc />
    public bool Equals(ExtendedAttributes? other) => other is not null && _text == other._text;

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as ExtendedAttributes);

    /// <inheritdoc />
    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    /// <summary>Names and values for a log or a debugger; empty when there are none.</summary>
    public override string ToString() => string.Join(' ', AttributeText.Split(_text).Select(static one => $"{one.Name}={one.Value}"));

    /// <summary>Which attributes differ between two texts.</summary>
    internal static ItemAttributes Changes(string before, string after)
    {
        if (before == after)
        {
            return ItemAttributes.None;
        }

        var changes = ItemAttributes.None;
        var left = AttributeText.Split(before).ToDictionary(static one => one.Name, static one => one.Value);
        foreach (var (name, value) in AttributeText.Split(after))
        {
            if (!left.Remove(name, out var known) || known != value)
            {
                changes |= AttributeOf(name);
            }
        }

        return left.Keys.Aggregate(changes, static (all, name) => all | AttributeOf(name));
    }

    private static ItemAttributes AttributeOf(string name) => name switch
    {
        AttributeText.AccessList or AttributeText.DefaultList or AttributeText.SecurityDescriptor => ItemAttributes.AccessControlList,
        AttributeText.FileCapabilities => ItemAttributes.Capabilities,
        AttributeText.SelinuxLabel or AttributeText.SmackLabel => ItemAttributes.SecurityLabel,
        _ => ItemAttributes.OtherExtendedAttributes,
    };

    private string? Find(string name) => AttributeText.Find(_text, name);
}
