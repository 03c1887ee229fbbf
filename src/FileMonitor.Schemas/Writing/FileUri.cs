using System.Buffers;
using System.Text;

namespace FileMonitor.Schemas.Writing;

/// <summary>A root on its machine as a URI (RFC 8089), of its bytes: nothing is lost, whatever the name.</summary>
internal static class FileUri
{
    private static readonly SearchValues<byte> InPaths = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/:"u8);

    /// <summary>The root of an event, or the machine for an event without one.</summary>
    public static string Of(string hostName, AuditEvent auditEvent)
    {
        var uri = new StringBuilder("file://").Append(HostOf(hostName));
        if (!auditEvent.Root.StartsWith('/'))
        {
            uri.Append('/');
        }

        var path = auditEvent.RootBytes is { } bytes ? Convert.FromBase64String(bytes) : Encoding.UTF8.GetBytes(WithSlashes(auditEvent.Root));
        foreach (var one in path)
        {
            if (InPaths.Contains(one))
            {
                uri.Append((char)one);
            }
            else
            {
                uri.Append('%').Append(Convert.ToHexString([one]));
            }
        }

        return uri.ToString();
    }

    /// <summary>A backslash is a separator in a path of Windows, and a character of a name elsewhere.</summary>
    private static string WithSlashes(string root) => root.StartsWith('/') ? root : root.Replace('\\', '/');

    /// <summary>
    /// The name as far as a URI may have it: a hyphen for each character that no host name has, and none of these at the edges, nor empty names between dots, because
    /// parsers of URIs refuse them.
    /// </summary>
    private static string HostOf(string hostName)
    {
        var labels = hostName.Split('.').Select(LabelOf).Where(label => label.Length > 0);
        return string.Join('.', labels) is { Length: > 0 } host ? host : "localhost";
    }

    private static string LabelOf(string label) => string.Create(label.Length, label, static (host, name) =>
    {
        for (var at = 0; at < name.Length; at++)
        {
            host[at] = char.IsAsciiLetterOrDigit(name[at]) || name[at] == '_' ? name[at] : '-';
        }
    }).Trim('-', '_');
}
