using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FileMonitor.Values;

/// <summary>
/// One text for all extended attributes of an item, so that they can be kept, compared and stored as one value: names and values in turn, sorted by name, with a zero
/// character between two; empty when there are none. Anybody who may write a file chooses them, so the text is limited.
/// </summary>
internal static class AttributeText
{
    public const string AccessList = "system.posix_acl_access";
    public const string DefaultList = "system.posix_acl_default";
    public const string FileCapabilities = "security.capability";
    public const string SelinuxLabel = "security.selinux";
    public const string SmackLabel = "security.SMACK64";

    /// <summary>Owner, group and access control list of Windows, as SDDL in UTF-8. No file system has an attribute of this name.</summary>
    public const string SecurityDescriptor = "windows.security_descriptor";

    /// <summary>Stands for all others when they are too many.</summary>
    public const string Folded = "*";

    /// <summary>The longest text of one value, and of the names and values of all others.</summary>
    public const int MostChars = 1024;

    private const string Unreadable = "unreadable";
    private const char Separator = '\0';

    /// <summary>Of the names and raw values of the file system.</summary>
    public static string Of(IReadOnlyDictionary<string, byte[]?> attributes)
    {
        if (attributes.Count == 0)
        {
            return "";
        }

        var known = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var others = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in attributes)
        {
            _ = IsNamed(name) ? known[name] = Limited(ValueOf(name, value)) : others[Escape(name)] = value is null ? "" : HashOf(value);
        }

        if (others.Sum(static one => one.Key.Length + one.Value.Length) > MostChars)
        {
            known[Folded] = others.ContainsValue("") ? "" : HashOf(Join(others));
        }
        else
        {
            foreach (var (name, value) in others)
            {
                known[name] = value;
            }
        }

        return Join(known);
    }

    /// <summary>Of parts as <see cref="Split"/> gives them, in any order.</summary>
    public static string Of(IEnumerable<KeyValuePair<string, string>> parts) => Join(new SortedDictionary<string, string>(parts.ToDictionary(), StringComparer.Ordinal));

    /// <summary>
    /// The attributes, with what was known before of each whose value may not be read now: who lost the right to read a value has not seen it change.
    /// </summary>
    public static string Keeping(string text, string? before) => string.IsNullOrEmpty(before) || !Split(text).Any(IsUnreadable)
        ? text
        : Of(Split(text).Select(part => KeyValuePair.Create(part.Name, IsUnreadable(part) ? Find(before, part.Name) ?? part.Value : part.Value)));

    public static IEnumerable<(string Name, string Value)> Split(string text)
    {
        if (text.Length == 0)
        {
            yield break;
        }

        var parts = text.Split(Separator);
        for (var at = 0; at + 1 < parts.Length; at += 2)
        {
            yield return (parts[at], parts[at + 1]);
        }
    }

    public static string? Find(string text, string name) => text.Length == 0 ? null : Split(text).FirstOrDefault(one => one.Name == name).Value;

    /// <summary>Whether the value is kept in words, and not as a digest.</summary>
    public static bool IsNamed(string name) => name is AccessList or DefaultList or SecurityDescriptor or FileCapabilities or SelinuxLabel or SmackLabel;

    private static bool IsUnreadable((string Name, string Value) part) => part.Value.Length == 0 || (part.Value == Unreadable && IsNamed(part.Name));

    private static string ValueOf(string name, byte[]? value) => value is null ? Unreadable : name switch
    {
        AccessList or DefaultList => PosixAcl.Format(value) ?? Unknown(value),
        FileCapabilities => CapabilityText.Format(value) ?? Unknown(value),
        _ => Escape(Encoding.Latin1.GetString(value.AsSpan().TrimEnd((byte)0))),
    };

    private static string Unknown(byte[] value) => "sha256:" + HashOf(value);

    private static string Limited(string value) => value.Length <= MostChars ? value : "sha256:" + HashOf(value);

    private static string HashOf(string text) => HashOf(Encoding.UTF8.GetBytes(text));

    private static string HashOf(byte[] value) => Convert.ToHexStringLower(SHA256.HashData(value));

    private static string Join(SortedDictionary<string, string> parts) => string.Join(Separator, parts.SelectMany(static part => new[] { part.Key, part.Value }));

    private static string Escape(string text)
    {
        if (text.All(IsPlain))
        {
            return text;
        }

        var escaped = new StringBuilder();
        foreach (var unit in text)
        {
            _ = IsPlain(unit) ? escaped.Append(unit) : escaped.Append(CultureInfo.InvariantCulture, $"\\x{(int)unit:x2}");
        }

        return escaped.ToString();
    }

    /// <summary>Whether a name or value can be one that is kept: printable ASCII. Only the capabilities have a blank.</summary>
    public static bool IsKept(string text) => text.All(static unit => unit is ' ' || IsPlain(unit) || unit is '\\');

    private static bool IsPlain(char unit) => unit is > ' ' and < '\x7f' and not '\\';
}
