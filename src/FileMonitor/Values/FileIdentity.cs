using System.Globalization;

namespace FileMonitor.Values;

/// <summary>
/// Identifies a file whatever its name: device and inode, or volume and file id. Zero means that the file system does not report it. The birth
/// is a stamp of the creation time, 0 when that is not known: ext4 reuses the number of a deleted file at once.
/// </summary>
internal readonly record struct FileIdentity(ulong Device, ulong Number, uint Birth = 0)
{
    public bool IsKnown => Number != 0;

    /// <summary>False only when both are known and differ: an unknown identity proves nothing, nor does an unknown birth.</summary>
    public bool MayEqual(FileIdentity other) => !IsKnown || !other.IsKnown || IsSame(other);

    /// <summary>Whether both are known and no known part differs. The operator differs: it takes an unknown birth for another one.</summary>
    public bool IsSame(FileIdentity other) =>
        IsKnown
        && Number == other.Number
        && Device == other.Device
        && (Birth == other.Birth || Birth == 0 || other.Birth == 0);

    /// <summary>The stamp of a creation time; 0 only for 0, which means unknown.</summary>
    public static uint StampOf(long birthTicks)
    {
        if (birthTicks == 0)
        {
            return 0;
        }

        // This multiplier spreads close times over all 32 bits.
        var stamp = (uint)(((ulong)birthTicks * 0x9E37_79B9_7F4A_7C15) >> 32);
        return stamp == 0 ? 1 : stamp;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Device:x}:{Number}");
}
