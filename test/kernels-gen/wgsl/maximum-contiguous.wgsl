@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(2) var<uniform> params: Params;
var<workgroup> part: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 var acc = -exp(arg0[2 * tokens * group + min(lane, tokens - 1)]);
 let i_4 = 2 * tokens * group;
 for (var k1 = lane; k1 < tokens; k1 += 64) {
  let i_5 = i_4 + k1;
  for (var k0 = 0; k0 < 2; k0 += 1) {
   acc = max(acc, -exp(arg0[i_5 + tokens * k0]));
  }
 }
 part[lane] = acc;
 workgroupBarrier();
 if (lane < 32) {
  part[lane] = max(part[lane], part[lane + 32]);
 }
 workgroupBarrier();
 if (lane < 16) {
  part[lane] = max(part[lane], part[lane + 16]);
 }
 workgroupBarrier();
 if (lane < 8) {
  part[lane] = max(part[lane], part[lane + 8]);
 }
 workgroupBarrier();
 if (lane < 4) {
  part[lane] = max(part[lane], part[lane + 4]);
 }
 workgroupBarrier();
 if (lane < 2) {
  part[lane] = max(part[lane], part[lane + 2]);
 }
 workgroupBarrier();
 if (lane < 1) {
  part[lane] = max(part[lane], part[lane + 1]);
 }
 workgroupBarrier();
 if (lane < 1) {
  acc = part[lane];
  out[group] = acc;
 }
}
