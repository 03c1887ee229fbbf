using System.Globalization;

namespace FileMonitor;

/// <summary>Which file it is, whatever it is called: device and inode, or volume and file id. Zero means the file system does not say.</summary>
internal readonly record struct FileIdentity(ulong Device, ulong Number)
{
    public bool IsKnown => Number != 0;

    /// <summary>False only when both are known and differ: an unknown identity proves nothing.</summary>
    public bool MayEqual(FileIdentity other) => !IsKnown || !other.IsKnown || this == other;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Device:x}:{Number}");
}
