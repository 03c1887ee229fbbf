using System.Buffers;
using System.Reflection;

namespace FileMonitor.Schemas;

/// <summary>What an event in another schema says of the machine and the program that reported it, which an <see cref="AuditEvent"/> does not know. Immutable.</summary>
/// <example>
/// <code>
/// using FileMonitor.Schemas;
///
/// var context = new SchemaContext { HostName = "web-1.example.org", CloudEventTypePrefix = "org.example.files" };
/// </code>
/// </example>
public sealed class SchemaContext
{
    private static readonly SearchValues<char> InTypes = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_");

    /// <summary>This machine's name, and FileMonitor with its version.</summary>
    public static SchemaContext Default { get; } = new();

    /// <summary>
    /// The name of the machine whose files are watched: <c>host.name</c>, <c>device.hostname</c>, and the host in the <c>source</c> of a CloudEvent. Default: the
    /// name of this machine. In a container that is the name of the container: set it to the one that your other logs use.
    /// </summary>
    /// <exception cref="ArgumentException">The name is null, empty or blank.</exception>
    public string HostName { get; init => field = NotBlank(value, nameof(HostName)); } = NameOfThisMachine();

    /// <summary>
    /// An identity of the machine that outlives its name, such as <c>/etc/machine-id</c>: <c>host.id</c>, <c>device.uid</c>, and a part of the identity of a process.
    /// Default null: none is written, and <see cref="HostName"/> stands in the identity of a process.
    /// </summary>
    /// <exception cref="ArgumentException">The identity is empty or blank.</exception>
    public string? HostId { get; init => field = value is null ? null : NotBlank(value, nameof(HostId)); }

    /// <summary>The name of the program that reports: <c>agent.name</c>, <c>event.provider</c>, <c>metadata.product.name</c>. Default: <c>FileMonitor</c>.</summary>
    /// <exception cref="ArgumentException">The name is null, empty or blank.</exception>
    public string Product { get; init => field = NotBlank(value, nameof(Product)); } = "FileMonitor";

    /// <summary>The version of that program: <c>agent.version</c>, <c>metadata.product.version</c>. Default: the version of the library FileMonitor.</summary>
    /// <exception cref="ArgumentException">The version is null, empty or blank.</exception>
    public string Version { get; init => field = NotBlank(value, nameof(Version)); } = VersionOfLibrary();

    /// <summary>Who makes that program: <c>metadata.product.vendor_name</c>. Default: <c>FileMonitor</c>.</summary>
    /// <exception cref="ArgumentException">The name is null, empty or blank.</exception>
    public string Vendor { get; init => field = NotBlank(value, nameof(Vendor)); } = "FileMonitor";

    /// <summary>
    /// What the <c>type</c> of a CloudEvent begins with, as in <c>filemonitor.file.created.v1</c>. CloudEvents recommends the reversed name of a domain of yours
    /// (<c>org.example.files</c>). Letters and digits of ASCII, dot, hyphen, underscore. Default: <c>filemonitor</c>.
    /// </summary>
    /// <exception cref="ArgumentException">The prefix is null, empty, or has other characters.</exception>
    public string CloudEventTypePrefix { get; init => field = Prefix(value, nameof(CloudEventTypePrefix)); } = "filemonitor";

    private static string NotBlank(string value, string property)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(value, property);
        return value;
    }

    private static string Prefix(string value, string property)
    {
        ArgumentException.ThrowIfNullOrEmpty(value, property);
        return value.AsSpan().ContainsAnyExcept(InTypes)
            ? throw new ArgumentException($"{property} ({value}) may have letters and digits of ASCII, dots, hyphens and underscores only.", property)
            : value;
    }

    private static string NameOfThisMachine() => Environment.MachineName is { } name && !string.IsNullOrWhiteSpace(name) ? name : "localhost";

    private static string VersionOfLibrary() =>
        typeof(AuditEvent).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] is { Length: > 0 } version ? version : "0.0.0";
}
