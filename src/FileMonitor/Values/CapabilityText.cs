using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace FileMonitor.Values;

/// <summary>Formats the capabilities of a program as the kernel keeps them, in the form of <c>getcap</c>: <c>cap_net_bind_service=ep</c>.</summary>
internal static class CapabilityText
{
    private const int RevisionShift = 24;
    private const uint Effective = 1;

    // In the order of their numbers, from 0.
    private static readonly string[] Names =
    [
        "chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap", "linux_immutable", "net_bind_service",
        "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner", "sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct",
        "sys_admin", "sys_boot", "sys_nice", "sys_resource", "sys_time", "sys_tty_config", "mknod", "lease", "audit_write", "audit_control",
        "setfcap", "mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf", "checkpoint_restore",
    ];

    /// <summary>Null when the bytes are not such a value.</summary>
    public static string? Format(ReadOnlySpan<byte> value)
    {
        if (value.Length < sizeof(uint))
        {
            return null;
        }

        // Revision 1 has one pair of 32 bits, 2 has two, 3 adds the user that is root in the namespace.
        var head = BinaryPrimitives.ReadUInt32LittleEndian(value);
        var revision = head >> RevisionShift;
        var pairs = revision == 1 ? 1 : 2;
        var length = sizeof(uint) * (1 + (2 * pairs) + (revision == 3 ? 1 : 0));
        if (revision is < 1 or > 3 || value.Length != length)
        {
            return null;
        }

        var (permitted, inheritable) = (0UL, 0UL);
        for (var pair = 0; pair < pairs; pair++)
        {
            permitted |= (ulong)BinaryPrimitives.ReadUInt32LittleEndian(value[(4 + (8 * pair))..]) << (32 * pair);
            inheritable |= (ulong)BinaryPrimitives.ReadUInt32LittleEndian(value[(8 + (8 * pair))..]) << (32 * pair);
        }

        var isEffective = (head & Effective) != 0;
        var groups = Enumerable.Range(0, 64)
            .Select(number => (Number: number, Flags: FlagsOf(isEffective, (permitted & (1UL << number)) != 0, (inheritable & (1UL << number)) != 0)))
            .Where(static one => one.Flags.Length > 0)
            .GroupBy(static one => one.Flags, static one => NameOf(one.Number));
        var text = new StringBuilder().AppendJoin(' ', groups.Select(static group => $"{string.Join(',', group)}={group.Key}"));
        if (revision == 3)
        {
            text.Append(CultureInfo.InvariantCulture, $" [rootid={BinaryPrimitives.ReadUInt32LittleEndian(value[^4..])}]");
        }

        return text.ToString();
    }

    private static string FlagsOf(bool isEffective, bool isPermitted, bool isInheritable) =>
        !isPermitted && !isInheritable ? "" : (isEffective ? "e" : "") + (isInheritable ? "i" : "") + (isPermitted ? "p" : "");

    private static string NameOf(int number) => number < Names.Length ? "cap_" + Names[number] : string.Create(CultureInfo.InvariantCulture, $"{number}");
}
